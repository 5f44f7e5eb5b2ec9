import ts from 'typescript';
import { find, messageTable, type Source } from './source-edits.ts';

/** Where types are looked up, and whether personal values are as read models see them. */
interface Sampled extends Source {
  readonly isSealed: boolean;
}

/** Code of a value of a type: enough for a test to begin with. `undefined` where the type says too little. */
function sampleOf(source: Sampled, type: ts.TypeNode): string | undefined {
  switch (type.kind) {
    case ts.SyntaxKind.StringKeyword:
      return "'a'";
    case ts.SyntaxKind.NumberKeyword:
      return '1';
    case ts.SyntaxKind.BooleanKeyword:
      return 'true';
  }
  if (ts.isTypeLiteralNode(type)) return sampleOfMembers(source, type.members);
  if (ts.isArrayTypeNode(type)) return '[]';
  if (ts.isTypeOperatorNode(type)) return sampleOf(source, type.type);
  if (ts.isLiteralTypeNode(type)) return type.getText();
  if (ts.isUnionTypeNode(type)) {
    const isPersonal = type.types.some((one) => one.getText() === 'Erased');
    if (isPersonal && source.isSealed) return "{ $subject: 'a', $sealed: 'a' }";
    return sampleOf(source, type.types[0] as ts.TypeNode);
  }
  if (ts.isIntersectionTypeNode(type)) return sampleOfAll(source, type.types);
  if (ts.isTypeReferenceNode(type)) return sampleOfReference(source, type);
  return undefined;
}

function sampleOfAll(source: Sampled, types: readonly ts.TypeNode[]): string | undefined {
  const parts = types.map((one) => sampleOf(source, one));
  return parts.includes(undefined)
    ? undefined
    : `{ ${parts.map((one) => `...${one}`).join(', ')} }`;
}

function sampleOfReference(source: Sampled, type: ts.TypeReferenceNode): string | undefined {
  const name = type.typeName.getText();
  if (name === 'Record') return '{}';
  if (name === 'Readonly')
    return type.typeArguments?.[0] && sampleOf(source, type.typeArguments[0]);
  const declared = find(
    source.file,
    (node): node is ts.InterfaceDeclaration | ts.TypeAliasDeclaration =>
      (ts.isInterfaceDeclaration(node) || ts.isTypeAliasDeclaration(node)) &&
      node.name.text === name,
  );
  if (declared === undefined) return undefined;
  if (ts.isTypeAliasDeclaration(declared)) return sampleOf(source, declared.type);
  return declared.heritageClauses === undefined
    ? sampleOfMembers(source, declared.members)
    : undefined;
}

function sampleOfMembers(
  source: Sampled,
  members: ts.NodeArray<ts.TypeElement>,
): string | undefined {
  const fields: string[] = [];
  for (const member of members) {
    if (!ts.isPropertySignature(member)) return undefined;
    if (member.questionToken !== undefined) continue;
    const value = member.type && sampleOf(source, member.type);
    if (value === undefined) return undefined;
    fields.push(`${member.name.getText()}: ${value}`);
  }
  return fields.length === 0 ? '{}' : `{ ${fields.join(', ')} }`;
}

/** Code of one message of a table, the first unless one is named; `isSealed`: as read models and processes see it. */
export function sampleMessage(
  source: Source,
  table: string,
  { name, isSealed = false }: { readonly name?: string; readonly isSealed?: boolean } = {},
): string | undefined {
  const { members } = messageTable(source, table);
  const member = members.find((one) => name === undefined || one.name?.getText() === name);
  if (member === undefined || !ts.isPropertySignature(member) || member.type === undefined) {
    return undefined;
  }
  const data = sampleOf({ ...source, isSealed }, member.type);
  return data && `{ type: '${member.name.getText()}', data: ${data} }`;
}
