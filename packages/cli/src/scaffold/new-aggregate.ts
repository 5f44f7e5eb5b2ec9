import ts from 'typescript';
import { ExitError } from '../exit-codes.ts';
import type { Draft } from './draft.ts';
import { namesOf, pluralOf } from './names.ts';
import { addAggregateFiles, wordsOf } from './new-service.ts';
import { renderTemplate } from './render-template.ts';
import {
  addImport,
  append,
  arrayOf,
  find,
  insertAt,
  need,
  parse,
  type Source,
} from './source-edits.ts';
import { beforeReturn } from './wiring.ts';

/** One more aggregate in a service: rules, where it is kept, routes. */
export function addAggregate(
  draft: Draft,
  asked: { readonly name: string; readonly service: string; readonly plural: string | undefined },
): void {
  const { service } = asked;
  const folder = `services/${service}/src`;
  if (!draft.has(`${folder}/compose.ts`)) {
    throw new ExitError('notFound', `There is no service ${service}.`);
  }
  const aggregate = namesOf(asked.name);
  const plural = namesOf(asked.plural ?? pluralOf(aggregate.kebab));
  const words = wordsOf(service, aggregate, plural);
  addAggregateFiles(draft, service, words);
  changeStored(draft, `${folder}/stored.ts`, {
    aggregate,
    text: renderTemplate('aggregate.stored.ts', words),
  });
  changeContract(draft, service, { aggregate, text: renderTemplate('aggregate.routes.ts', words) });
  changeHandlers(draft, `${folder}/adapters/http.ts`, aggregate);
  changeCompose(draft, `${folder}/compose.ts`, { aggregate, plural });
}

type Name = ReturnType<typeof namesOf>;

function changeStored(
  draft: Draft,
  path: string,
  added: { readonly aggregate: Name; readonly text: string },
): void {
  const { aggregate, text } = added;
  draft.change(path, (before) => {
    need(/^const shape\b/m.exec(before) ?? undefined, { path }, 'const shape');
    return addImport(path, `${before.trimEnd()}\n${text}`, {
      name: `type ${aggregate.pascal}Event`,
      from: `./domain/${aggregate.kebab}.ts`,
    });
  });
}

const SHAPES = ['created', 'historyItem', 'id', 'line', 'pageOf', 'paging'];

/** Before the routes of the service, which then hold those of the aggregate, too. */
function changeContract(
  draft: Draft,
  service: string,
  added: { readonly aggregate: Name; readonly text: string },
): void {
  const path = `contracts/src/${service}.ts`;
  draft.change(path, (before) => {
    const source = parse(path, before);
    const routes = find(
      source.file,
      (node): node is ts.VariableStatement =>
        ts.isVariableStatement(node) &&
        node.declarationList.declarations[0]?.name.getText() === `${service}Routes`,
    );
    const statement = need(routes, source, `const ${service}Routes`);
    for (const name of ['params', 'settled']) {
      need(new RegExp(`^const ${name}\\b`, 'm').exec(before) ?? undefined, source, `const ${name}`);
    }
    const object = need(
      find(statement, ts.isObjectLiteralExpression),
      source,
      `object of ${service}Routes`,
    );
    const spread = append(source, object, `...${added.aggregate.camel}Routes`);
    const whole = insertAt(spread, statement.getStart(), added.text);
    return SHAPES.reduce(
      (text, name) => addImport(path, text, { name, from: './shapes.ts' }),
      whole,
    );
  });
}

function changeHandlers(draft: Draft, path: string, { camel, pascal, kebab }: Name): void {
  draft.change(path, (before) => {
    const source = parse(path, before);
    const { object, parts } = handlersOf(source);
    const spread = append(source, object, `...${camel}Handlers(${parts})`);
    const from = `./${kebab}-http.ts`;
    const again = parse(path, spread);
    const declared = find(
      again.file,
      (node): node is ts.InterfaceDeclaration =>
        ts.isInterfaceDeclaration(node) && node.name.text === 'Parts',
    );
    const face = need(declared, again, 'interface Parts');
    const inherited = face.heritageClauses?.[0]?.types.at(-1);
    const type = `${pascal}Parts`;
    const extended =
      inherited === undefined
        ? insertAt(spread, face.name.end, ` extends ${type}`)
        : insertAt(spread, inherited.end, `, ${type}`);
    const withHandlers = addImport(path, extended, { name: `${camel}Handlers`, from });
    return addImport(path, withHandlers, { name: `type ${type}`, from });
  });
}

/** The object that the function of the service's handlers answers, and the name of its parameter. */
function handlersOf(source: Source): { object: ts.ObjectLiteralExpression; parts: string } {
  const declared = find(
    source.file,
    (node): node is ts.FunctionDeclaration =>
      ts.isFunctionDeclaration(node) && /^Handlers</.test(node.type?.getText() ?? ''),
  );
  const handlers = need(declared, source, 'function that answers Handlers<…>');
  const answer = find(handlers, ts.isReturnStatement)?.expression;
  const object = answer !== undefined && ts.isObjectLiteralExpression(answer) ? answer : undefined;
  const parts = handlers.parameters[0]?.name;
  const name = parts !== undefined && ts.isIdentifier(parts) ? parts.text : undefined;
  return {
    object: need(object, source, 'object of handlers'),
    parts: need(name, source, 'parameter of the handlers'),
  };
}

function changeCompose(
  draft: Draft,
  path: string,
  added: { readonly aggregate: Name; readonly plural: Name },
): void {
  const { camel, kebab } = added.aggregate;
  const plural = added.plural.camel;
  const aggregate = `${camel}Aggregate`;
  draft.change(path, (before) => {
    const steps: readonly ((text: string) => string)[] = [
      (text) => {
        const at = beforeReturn(parse(path, text), /^compose/);
        return insertAt(
          text,
          at,
          `const ${plural} = createCommandHandler({ store, keys, aggregate: ${aggregate} });\n\n`,
        );
      },
      (text) => append(parse(path, text), handlersArgument(parse(path, text)), plural),
      (text) => append(parse(path, text), arrayOf(parse(path, text), 'codecs'), `${camel}Codec`),
      (text) => addImport(path, text, { name: 'createCommandHandler', from: '@tidemark/runtime' }),
      (text) =>
        addImport(path, text, { name: aggregate, from: `./application/${kebab}-aggregate.ts` }),
      (text) => addImport(path, text, { name: `${camel}Codec`, from: './stored.ts' }),
    ];
    return steps.reduce((text, step) => step(text), before);
  });
}

/** `ordersHandlers({ … })`: what the handlers are given. */
function handlersArgument(source: Source): ts.ObjectLiteralExpression {
  const call = find(
    source.file,
    (node): node is ts.CallExpression =>
      ts.isCallExpression(node) && /Handlers$/.test(node.expression.getText()),
  );
  const given = call?.arguments[0];
  const object = given !== undefined && ts.isObjectLiteralExpression(given) ? given : undefined;
  return need(object, source, 'call of …Handlers({ … })');
}
