import ts from 'typescript';
import { find, need, type Source } from './source-edits.ts';

/** The first array inside the value of a variable of that name. */
export function findArrayNamed(source: Source, name: string): ts.ArrayLiteralExpression {
  const variable = find(
    source.file,
    (node): node is ts.VariableDeclaration =>
      ts.isVariableDeclaration(node) && node.name.getText() === name,
  );
  const { initializer } = need(variable, source, `const ${name}`);
  const array = initializer && find(initializer, ts.isArrayLiteralExpression);
  return need(array, source, `array in ${name}`);
}

/** Where a statement can stand in a function: before its last `return`. */
export function beforeReturn(source: Source, functionName: RegExp): number {
  const declared = find(
    source.file,
    (node): node is ts.FunctionDeclaration =>
      ts.isFunctionDeclaration(node) && functionName.test(node.name?.text ?? ''),
  );
  const last = declared?.body?.statements.at(-1);
  const isReturn = last !== undefined && ts.isReturnStatement(last);
  return need(isReturn ? last : undefined, source, `return of ${functionName.source}`).getStart();
}
