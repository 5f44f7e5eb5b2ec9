import ts from 'typescript';
import { ExitError } from '../exit-codes.ts';
import type { Draft } from './draft.ts';
import type { Names } from './names.ts';
import { find, need, parse, type Source } from './source-edits.ts';

/** Where the parts of an aggregate stand. Services put them into files of other names; they are found by what they declare. */
export interface Located {
  readonly service: string;
  readonly aggregate: Names;
  /** `services/<service>/src` */
  readonly folder: string;
  readonly domain: string;
  readonly stored: string;
  readonly compose: string;
  readonly contract: string;
}

/** The parts of an aggregate that is there. @throws ExitError when it is not. */
export function locate(draft: Draft, service: string, aggregate: Names): Located {
  const folder = `services/${service}/src`;
  if (!draft.has(`${folder}/compose.ts`)) {
    throw new ExitError('notFound', `There is no service ${service}.`);
  }
  const domain = `${folder}/domain/${aggregate.kebab}.ts`;
  if (!draft.has(domain)) {
    throw new ExitError(
      'notFound',
      `${service} has no aggregate ${aggregate.kebab}: there is no ${domain}.`,
    );
  }
  return {
    ...{ service, aggregate, folder, domain },
    stored: `${folder}/stored.ts`,
    compose: `${folder}/compose.ts`,
    contract: `contracts/src/${service}.ts`,
  };
}

export function sourceOf(draft: Draft, path: string): Source {
  return parse(path, draft.read(path));
}

/** A declaration of the application folder, and the file that exports it. */
export interface Exported {
  readonly name: string;
  /** For example `./order-aggregate.ts`. */
  readonly module: string;
}

function findExported<Node extends ts.Node>(
  draft: Draft,
  { folder }: Located,
  search: {
    readonly is: (node: ts.Node) => node is Node;
    readonly nameOf: (node: Node) => string;
    readonly what: string;
  },
): Exported {
  for (const file of draft.sourcesIn(`${folder}/application`)) {
    const node = find(sourceOf(draft, `${folder}/application/${file}`).file, search.is);
    if (node !== undefined) return { name: search.nameOf(node), module: `./${file}` };
  }
  return need<Exported>(undefined, { path: `${folder}/application` }, search.what);
}

/** `type Orders = CommandHandler<OrderCommand, …>` */
export function handlerType(draft: Draft, at: Located): Exported {
  const command = `${at.aggregate.pascal}Command`;
  return findExported(draft, at, {
    is: (node): node is ts.TypeAliasDeclaration =>
      ts.isTypeAliasDeclaration(node) &&
      ts.isTypeReferenceNode(node.type) &&
      node.type.typeName.getText() === 'CommandHandler' &&
      node.type.typeArguments?.[0]?.getText() === command,
    nameOf: (node) => node.name.text,
    what: `type of CommandHandler<${command}, …>`,
  });
}

/** `const ORDER = 'order'`: the category of its streams. */
export function categoryConstant(draft: Draft, at: Located): Exported {
  const { constant } = at.aggregate;
  return findExported(draft, at, {
    is: (node): node is ts.VariableDeclaration =>
      ts.isVariableDeclaration(node) && node.name.getText() === constant,
    nameOf: () => constant,
    what: `const ${constant}`,
  });
}

/** Name of the codec of its events. */
export function codecName(draft: Draft, at: Located): string {
  const stored = sourceOf(draft, at.stored);
  return need(
    codecCall(stored, at)?.parent as ts.VariableDeclaration | undefined,
    stored,
    `createCodec<${at.aggregate.pascal}Event>`,
  ).name.getText();
}

/** `createCodec<OrderEvent>({ … })` */
export function codecCall({ file }: Source, { aggregate }: Located): ts.CallExpression | undefined {
  return find(
    file,
    (node): node is ts.CallExpression =>
      ts.isCallExpression(node) &&
      node.expression.getText() === 'createCodec' &&
      node.typeArguments?.[0]?.getText() === `${aggregate.pascal}Event`,
  );
}

/** The variable in `compose.ts` that carries out its commands. */
export function handlerVariable(compose: Source, { aggregate }: Located): string {
  const wanted = new RegExp(`\\baggregate: ${aggregate.camel}Aggregate\\b`);
  const found = find(
    compose.file,
    (node): node is ts.VariableDeclaration =>
      ts.isVariableDeclaration(node) &&
      node.initializer?.getText().startsWith('createCommandHandler') === true &&
      wanted.test(node.initializer.getText()),
  );
  return need(
    found,
    compose,
    `createCommandHandler({ …, aggregate: ${aggregate.camel}Aggregate })`,
  ).name.getText();
}

/** The adapter that has the routes of the aggregate: its file and the object of handlers. */
export function adapterOf(draft: Draft, at: Located): Source {
  const { pascal } = at.aggregate;
  const property = new RegExp(`^create${pascal}$`);
  for (const file of draft.sourcesIn(`${at.folder}/adapters`)) {
    const source = sourceOf(draft, `${at.folder}/adapters/${file}`);
    const found = find(
      source.file,
      (node): node is ts.PropertyAssignment =>
        ts.isPropertyAssignment(node) && property.test(node.name.getText()),
    );
    if (found !== undefined) return source;
  }
  return need<Source>(undefined, { path: `${at.folder}/adapters` }, `handler create${pascal}`);
}

/** Names that the compose function has, so that what is put into it compiles. */
export function needNames(compose: Source, names: readonly string[]): void {
  for (const name of names) {
    const isThere = find(
      compose.file,
      (node): node is ts.BindingElement | ts.VariableDeclaration =>
        (ts.isBindingElement(node) || ts.isVariableDeclaration(node)) &&
        node.name.getText() === name,
    );
    need(isThere, compose, `variable ${name}`);
  }
}
