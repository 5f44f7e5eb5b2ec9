import ts from 'typescript';
import { ExitError } from '../exit-codes.ts';

/** A parsed file and what is looked for in it. */
export interface Source {
  readonly path: string;
  readonly text: string;
  readonly file: ts.SourceFile;
}

export function parse(path: string, text: string): Source {
  return { path, text, file: ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true) };
}

/** The first node that `is` it, in the order of the text. */
export function find<Node extends ts.Node>(
  root: ts.Node,
  is: (node: ts.Node) => node is Node,
): Node | undefined {
  if (is(root)) return root;
  return ts.forEachChild(root, (child) => find(child, is));
}

/** All of them. */
export function findAll<Node extends ts.Node>(
  root: ts.Node,
  is: (node: ts.Node) => node is Node,
): readonly Node[] {
  const found: Node[] = [];
  const visit = (node: ts.Node): void => {
    if (is(node)) found.push(node);
    ts.forEachChild(node, visit);
  };
  visit(root);
  return found;
}

/** What a file must hold to be changed. @throws ExitError that says what was looked for. */
export function need<Found>(
  found: Found | undefined,
  { path }: Pick<Source, 'path'>,
  what: string,
): Found {
  if (found !== undefined) return found;
  throw new ExitError(
    'notNow',
    `${path} has no ${what}: it was changed beyond what can be recognised. Nothing was written; docs/guides/new-service.md says what belongs there.`,
  );
}

/** `export type <name> = MessagesOf<{ … }>`: its table. */
export function messageTable(source: Source, name: string): ts.TypeLiteralNode {
  const alias = find(
    source.file,
    (node): node is ts.TypeAliasDeclaration =>
      ts.isTypeAliasDeclaration(node) && node.name.text === name,
  );
  const type = alias?.type;
  const table =
    type !== undefined && ts.isTypeReferenceNode(type) && type.typeName.getText() === 'MessagesOf'
      ? type.typeArguments?.[0]
      : undefined;
  const literal = table !== undefined && ts.isTypeLiteralNode(table) ? table : undefined;
  return need(literal, source, `type ${name} = MessagesOf<{ … }>`);
}

/** Names of the messages of a table. */
export function messageNames(table: ts.TypeLiteralNode): readonly string[] {
  return table.members.map((member) => member.name?.getText() ?? '');
}

/** The object that holds a property of that name. */
export function objectWith(source: Source, property: string): ts.ObjectLiteralExpression {
  const found = find(
    source.file,
    (node): node is ts.ObjectLiteralExpression =>
      ts.isObjectLiteralExpression(node) &&
      node.properties.some((one) => one.name?.getText() === property),
  );
  return need(found, source, `object with ${property}`);
}

/** The array that is the value of a property: `codecs: […]`. */
export function arrayOf(source: Source, property: string): ts.ArrayLiteralExpression {
  const found = find(
    source.file,
    (node): node is ts.PropertyAssignment =>
      ts.isPropertyAssignment(node) &&
      node.name.getText() === property &&
      ts.isArrayLiteralExpression(node.initializer),
  );
  return need(found, source, `${property}: […]`).initializer as ts.ArrayLiteralExpression;
}

/** The text with something put in at a place. */
export function insertAt(text: string, at: number, what: string): string {
  return text.slice(0, at) + what + text.slice(at);
}

/** The text with one more element at the end of an array, an object, or an argument. */
export function append(
  { text }: Source,
  list: ts.ArrayLiteralExpression | ts.ObjectLiteralExpression,
  item: string,
): string {
  const elements: readonly ts.Node[] = ts.isArrayLiteralExpression(list)
    ? list.elements
    : list.properties;
  const last = elements.at(-1);
  if (last === undefined) return insertAt(text, list.end - 1, item);
  const isLong = text.slice(list.pos, list.end).includes('\n');
  return insertAt(text, last.end, isLong ? `,\n${item}` : `, ${item}`);
}

/** The text with one more member of a table of messages. */
export function appendMember({ text }: Source, table: ts.TypeLiteralNode, member: string): string {
  const last = table.members.at(-1);
  return insertAt(text, last?.end ?? table.end - 1, `\n  ${member};`);
}

/** The text with one more case of a switch. */
export function appendCase({ text }: Source, node: ts.SwitchStatement, clause: string): string {
  const last = node.caseBlock.clauses.at(-1);
  return insertAt(text, last?.end ?? node.caseBlock.end - 1, `\n${clause}`);
}

/** Switches over an expression, for example `command.type`, that name every case. */
export function switchesOver({ file }: Source, expression: RegExp): readonly ts.SwitchStatement[] {
  return findAll(
    file,
    (node): node is ts.SwitchStatement =>
      ts.isSwitchStatement(node) &&
      expression.test(node.expression.getText()) &&
      !node.caseBlock.clauses.some(ts.isDefaultClause),
  );
}

/** Name of the first parameter of the function around a node. */
export function firstParameterAround(source: Source, node: ts.Node): string {
  for (let at: ts.Node | undefined = node; at !== undefined; at = at.parent) {
    if (!ts.isFunctionLike(at)) continue;
    const name = at.parameters[0]?.name;
    if (name !== undefined && ts.isIdentifier(name)) return name.text;
    break;
  }
  return need<string>(undefined, source, 'function with a named first parameter around its switch');
}

/** The text with an import, added to the one of the same module where there is one. Type-only names begin with `type `. */
export function addImport(
  path: string,
  text: string,
  { name, from }: { readonly name: string; readonly from: string },
): string {
  const { file } = parse(path, text);
  const imports = file.statements.filter(ts.isImportDeclaration);
  const same = imports.find(
    (one) =>
      (one.moduleSpecifier as ts.StringLiteral).text === from && one.importClause !== undefined,
  );
  const named = same?.importClause?.namedBindings;
  if (named !== undefined && ts.isNamedImports(named)) {
    const bare = name.replace(/^type /, '');
    if (named.elements.some((one) => one.name.text === bare)) return text;
    const isTypeOnly = same?.importClause?.phaseModifier === ts.SyntaxKind.TypeKeyword;
    if (!isTypeOnly || name.startsWith('type ')) {
      const added = isTypeOnly ? bare : name;
      return insertAt(text, named.elements.at(-1)?.end ?? named.end - 1, `, ${added}`);
    }
  }
  const statement = name.startsWith('type ')
    ? `import type { ${name.slice('type '.length)} } from '${from}';`
    : `import { ${name} } from '${from}';`;
  const last = imports.at(-1);
  return insertAt(text, last?.end ?? 0, `\n${statement}`);
}
