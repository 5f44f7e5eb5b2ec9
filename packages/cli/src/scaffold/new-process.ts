import { ExitError } from '../exit-codes.ts';
import type { Draft } from './draft.ts';
import {
  categoryConstant,
  codecName,
  handlerType,
  handlerVariable,
  type Located,
  needNames,
  sourceOf,
} from './locate.ts';
import type { Names } from './names.ts';
import { renderTemplate } from './render-template.ts';
import { sampleMessage } from './samples.ts';
import {
  addImport,
  append,
  arrayOf,
  insertAt,
  messageNames,
  messageTable,
  parse,
} from './source-edits.ts';
import { beforeReturn } from './wiring.ts';

/** A process that waits after an event of an aggregate, and then sends it a command. */
export function addProcess(
  draft: Draft,
  at: Located,
  asked: {
    readonly name: Names;
    readonly on: string | undefined;
    readonly send: string | undefined;
  },
): void {
  const { aggregate, folder } = at;
  const { name } = asked;
  const { on, sample, send } = choose(draft, at, asked);
  const blanks = { SOURCE_EVENT: on, SOURCE_SAMPLE: sample, SENT_COMMAND: send };
  const stream = [`./${aggregate.kebab}-stream.ts`, categoryConstant(draft, at).module] as const;
  const handler = handlerType(draft, at);
  const camel = handler.name.charAt(0).toLowerCase() + handler.name.slice(1);
  const crates = { ...aggregate, camel, pascal: handler.name };
  const words = { crate: aggregate, crates, layer: name };
  const render = (template: string) =>
    renderTemplate(template, words, blanks)
      .replace(...stream)
      .replace(`./${aggregate.kebab}-aggregate.ts`, handler.module);
  draft.add(`${folder}/application/${name.kebab}.process.ts`, render('process.ts'));
  draft.add(`${folder}/application/${name.kebab}.process.test.ts`, render('process.test.ts'));
  draft.add(`${folder}/application/carry-${name.kebab}.ts`, render('process.carry.ts'));
  draft.change(at.stored, (text) =>
    addImport(at.stored, `${text.trimEnd()}\n${render('process.stored.ts')}`, {
      name: `type ${name.pascal}Input`,
      from: `./application/${name.kebab}.process.ts`,
    }),
  );
  changeCompose(draft, at, { name, handler: handler.name, text: render('process.compose.ts') });
}

/** The event that it begins with, and the command that it sends: those named, else the first event and a command that takes nothing. */
function choose(
  draft: Draft,
  { domain, aggregate }: Located,
  asked: { readonly on: string | undefined; readonly send: string | undefined },
): { on: string; sample: string; send: string } {
  const source = sourceOf(draft, domain);
  const events = messageNames(messageTable(source, `${aggregate.pascal}Event`));
  const commands = messageTable(source, `${aggregate.pascal}Command`);
  const free = messageNames(commands).filter(
    (name) =>
      sampleMessage(source, `${aggregate.pascal}Command`, { name })?.endsWith('data: {} }') ===
      true,
  );
  const on = asked.on ?? events[0];
  const send = asked.send ?? free[0];
  const sample =
    on === undefined
      ? undefined
      : sampleMessage(source, `${aggregate.pascal}Event`, { name: on, isSealed: true });
  if (on === undefined || sample === undefined) {
    throw new ExitError('notFound', `--on: ${aggregate.kebab} has ${events.join(', ')}.`);
  }
  if (send === undefined || !free.includes(send)) {
    const which = free.length === 0 ? 'no command that takes nothing' : free.join(', ');
    throw new ExitError('notFound', `--send: ${aggregate.kebab} has ${which}.`);
  }
  return { on, sample, send };
}

function changeCompose(
  draft: Draft,
  at: Located,
  {
    name,
    handler,
    text: added,
  }: { readonly name: Names; readonly handler: string; readonly text: string },
): void {
  const path = at.compose;
  const source = sourceOf(draft, path);
  needNames(source, ['onFailure']);
  const commands = handlerVariable(source, at);
  const codec = codecName(draft, at);
  const category = categoryConstant(draft, at);
  const application = (module: string) => `./application/${module.slice('./'.length)}`;
  const runtime = '@tidemark/runtime';
  const imports = [
    { name: 'createProcessManager', from: runtime },
    { name: 'type FailurePolicy', from: runtime },
    { name: 'type ProcessManager', from: runtime },
    { name: `${name.camel}Process`, from: `./application/${name.kebab}.process.ts` },
    { name: `to${name.pascal}Input`, from: `./application/${name.kebab}.process.ts` },
    { name: `carry${name.pascal}`, from: `./application/carry-${name.kebab}.ts` },
    { name: category.name, from: application(category.module) },
    { name: `type ${handler}`, from: application(handlerType(draft, at).module) },
    { name: `${name.camel}Codec`, from: './stored.ts' },
    { name: codec, from: './stored.ts' },
  ];
  const manager = `${name.camel}Manager`;
  const steps: readonly ((text: string) => string)[] = [
    (text) => {
      const running = `const ${manager} = ${name.camel}(infrastructure, ${commands}, onFailure);\n\n`;
      return insertAt(text, beforeReturn(parse(path, text), /^compose/), running);
    },
    (text) => append(parse(path, text), arrayOf(parse(path, text), 'runnables'), manager),
    (text) => append(parse(path, text), arrayOf(parse(path, text), 'consumers'), manager),
    (text) => append(parse(path, text), arrayOf(parse(path, text), 'codecs'), `${name.camel}Codec`),
    (text) => `${text.trimEnd()}\n${added}`,
    ...imports.map((one) => (text: string) => addImport(path, text, one)),
  ];
  draft.change(path, (before) => steps.reduce((text, step) => step(text), before));
}
