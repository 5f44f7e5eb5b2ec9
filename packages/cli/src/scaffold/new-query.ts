import ts from 'typescript';
import type { Draft } from './draft.ts';
import { adapterOf, handlerType, type Located } from './locate.ts';
import type { Names } from './names.ts';
import { renderTemplate } from './render-template.ts';
import { addImport, append, find, need, objectWith, parse, type Source } from './source-edits.ts';

/** A question about one aggregate: what it answers, its test, route, handler. */
export function addQuery(draft: Draft, at: Located, name: Names): void {
  const { aggregate, folder } = at;
  const words = { crate: aggregate, layer: name };
  const path = `${folder}/application/${aggregate.kebab}-${name.kebab}.query`;
  draft.add(`${path}.ts`, renderTemplate('query.ts', words));
  draft.add(`${path}.test.ts`, renderTemplate('query.test.ts', words));
  changeContract(draft, at, name);
  changeHandlers(draft, at, name);
}

function changeContract(
  draft: Draft,
  { contract, aggregate, service }: Located,
  name: Names,
): void {
  draft.change(contract, (text) => {
    const source = parse(contract, text);
    const creating = `create${aggregate.pascal}`;
    const [, path] = need(
      new RegExp(`${creating}: \\{[^}]*?path: '(/[^']+)'`).exec(text) ?? undefined,
      source,
      `path of ${creating}`,
    );
    const params = /^const params\b/m.test(text) ? 'params' : 'params: z.strictObject({ id })';
    const route = `get${aggregate.pascal}${name.pascal}: {
      method: 'GET',
      path: '${path}/{id}/${name.kebab}',
      summary: 'The ${name.kebab} of one ${aggregate.kebab}',
      right: '${service}:read',
      ${params},
      answers: {
        200: { description: 'As it is now', body: z.strictObject({ id, changes: z.number().int() }) },
      },
    }`;
    return append(source, objectWith(source, creating), route);
  });
}

function changeHandlers(draft: Draft, at: Located, name: Names): void {
  const { aggregate } = at;
  const source = adapterOf(draft, at);
  const { path } = source;
  const commands = partOfType(source, handlerType(draft, at).name);
  const answer = `${aggregate.camel}${name.pascal}Of`;
  const handler = `get${aggregate.pascal}${name.pascal}: async ({ params }) => {
      const loaded = await parts.${commands}.load(params.id);
      if (loaded.revision === 'none') return notFound('${aggregate.kebab}');
      return { status: 200, body: ${answer}(params.id, loaded) };
    }`;
  const added = append(source, objectWith(source, `create${aggregate.pascal}`), handler);
  const from = `../application/${aggregate.kebab}-${name.kebab}.query.ts`;
  const withAnswer = addImport(path, added, { name: answer, from });
  const whole = addImport(path, withAnswer, { name: 'notFound', from: '@tidemark/http' });
  draft.change(path, () => whole);
}

/** Under which name the handlers are given what carries out commands. */
function partOfType(source: Source, type: string): string {
  const found = find(
    source.file,
    (node): node is ts.PropertySignature =>
      ts.isPropertySignature(node) && node.type?.getText() === type,
  );
  return need(found, source, `part of type ${type}`).name.getText();
}
