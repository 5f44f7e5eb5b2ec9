import { ExitError } from '../exit-codes.ts';
import type { Draft } from './draft.ts';
import { categoryConstant, codecName, type Located, needNames, sourceOf } from './locate.ts';
import type { Names } from './names.ts';
import { renderTemplate } from './render-template.ts';
import { sampleMessage } from './samples.ts';
import { addImport, append, arrayOf, insertAt, parse } from './source-edits.ts';
import { beforeReturn } from './wiring.ts';

/** A read model of the events of an aggregate: its fold, its test, and its place in `compose.ts`. */
export function addReadModel(draft: Draft, at: Located, name: Names): void {
  const { aggregate, folder } = at;
  const words = { crate: aggregate, layer: name, layers: name };
  const category = categoryConstant(draft, at);
  const fromTemplate = `./${aggregate.kebab}-stream.ts`;
  const sample = sampleMessage(sourceOf(draft, at.domain), `${aggregate.pascal}Event`, {
    isSealed: true,
  });
  if (sample === undefined) {
    throw new ExitError(
      'notNow',
      `${at.domain}: no example can be made of its first event; nothing was written.`,
    );
  }
  for (const kind of ['', '.test']) {
    const text = renderTemplate(`read-model${kind}.ts`, words, { BEFORE_EVENT: sample });
    const path = `${folder}/application/${name.kebab}${kind}.ts`;
    draft.add(path, text.replace(fromTemplate, category.module));
  }
  changeCompose(draft, at, name);
}

function changeCompose(draft: Draft, at: Located, { camel, kebab }: Names): void {
  const path = at.compose;
  const codec = codecName(draft, at);
  const live = `${camel}Model`;
  needNames(sourceOf(draft, path), ['store', 'readModels', 'onFailure', 'clock', 'log']);
  const steps: readonly ((text: string) => string)[] = [
    (text) => {
      const opening = `const ${live} = await openReadModel({
    ...{ store, readModels, onFailure, clock, log },
    codec: ${codec},
    readModel: ${camel},
  });\n\n`;
      return insertAt(text, beforeReturn(parse(path, text), /^compose/), opening);
    },
    (text) =>
      append(parse(path, text), arrayOf(parse(path, text), 'runnables'), `${live}.runnable`),
    (text) => append(parse(path, text), arrayOf(parse(path, text), 'readModels'), live),
    (text) => addImport(path, text, { name: 'openReadModel', from: '@tidemark/runtime' }),
    (text) => addImport(path, text, { name: codec, from: './stored.ts' }),
    (text) => addImport(path, text, { name: camel, from: `./application/${kebab}.ts` }),
  ];
  draft.change(path, (before) => steps.reduce((text, step) => step(text), before));
}
