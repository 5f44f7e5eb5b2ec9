import ts from 'typescript';
import type { Draft } from './draft.ts';
import { adapterOf, codecCall, type Located, sourceOf } from './locate.ts';
import { type Names, namesOf } from './names.ts';
import { renderTemplate } from './render-template.ts';
import { sampleMessage } from './samples.ts';
import {
  append,
  appendCase,
  appendMember,
  firstParameterAround,
  messageNames,
  messageTable,
  need,
  objectWith,
  parse,
  type Source,
  switchesOver,
} from './source-edits.ts';

/** What a command is called in the places where it is named. */
export interface CommandNames {
  /** `cancel` */
  readonly verb: Names;
  /** `CancelOrder` */
  readonly command: string;
  /** `OrderCancelled` */
  readonly event: string;
}

/** A command of an aggregate: rule, stored shape, route, handler. It takes nothing and is always accepted, until its rule is written. */
export function addCommand(draft: Draft, at: Located, names: CommandNames): void {
  const { aggregate, folder, domain } = at;
  const before = sampleMessage(sourceOf(draft, domain), `${aggregate.pascal}Event`);
  const test = `${folder}/domain/${aggregate.kebab}-${names.verb.kebab}.test.ts`;
  draft.add(
    test,
    renderTemplate(
      'command.test.ts',
      { crate: aggregate },
      {
        BEFORE_EVENT: before ?? '',
        COMMAND_TYPE: names.command,
        EVENT_TYPE: names.event,
        SUMMARY: names.verb.kebab,
      },
    ),
  );
  const known = messageNames(messageTable(sourceOf(draft, domain), `${aggregate.pascal}Event`));
  changeDomain(draft, at, names);
  changeReaders(draft, at, { known, event: names.event });
  changeStored(draft, at, names.event);
  changeContract(draft, at, names);
  changeHandlers(draft, at, names);
}

function changeDomain(
  draft: Draft,
  { domain, aggregate }: Located,
  { command, event }: CommandNames,
): void {
  const steps: readonly ((source: Source) => string)[] = [
    (source) =>
      appendMember(
        source,
        messageTable(source, `${aggregate.pascal}Command`),
        `${command}: ${nothingIn(source)}`,
      ),
    (source) =>
      appendMember(
        source,
        messageTable(source, `${aggregate.pascal}Event`),
        `${event}: ${nothingIn(source)}`,
      ),
    (source) => {
      const [decide] = switchesOver(source, /\bcommand\.type$/);
      const clause = `case '${command}':\n  return [{ type: '${event}', data: {} }];`;
      return appendCase(source, need(decide, source, 'switch (command.type)'), clause);
    },
    (source) => {
      const [evolve] = switchesOver(source, /\bevent\.type$/);
      const node = need(evolve, source, 'switch (event.type)');
      const unchanged = firstParameterAround(source, node);
      return appendCase(source, node, `case '${event}':\n  return ${unchanged};`);
    },
  ];
  draft.change(domain, (text) => steps.reduce((now, step) => step(parse(domain, now)), text));
}

function nothingIn({ text }: Source): string {
  return /^type Nothing = /m.test(text) ? 'Nothing' : 'Record<string, never>';
}

/** Read models that name every event get one more case, in which nothing changes. */
function changeReaders(
  draft: Draft,
  { folder }: Located,
  { known, event }: { readonly known: readonly string[]; readonly event: string },
): void {
  for (const file of draft.sourcesIn(`${folder}/application`)) {
    const path = `${folder}/application/${file}`;
    const source = sourceOf(draft, path);
    const concerned = switchesOver(source, /\bevent\.type$/).find((node) =>
      node.caseBlock.clauses.every(
        (clause) =>
          ts.isCaseClause(clause) &&
          ts.isStringLiteral(clause.expression) &&
          known.includes(clause.expression.text),
      ),
    );
    if (concerned === undefined) continue;
    const unchanged = firstParameterAround(source, concerned);
    draft.change(path, () =>
      appendCase(source, concerned, `case '${event}':\n  return ${unchanged};`),
    );
  }
}

function changeStored(draft: Draft, at: Located, event: string): void {
  draft.change(at.stored, (text) => {
    const source = parse(at.stored, text);
    const call = need(codecCall(source, at), source, `createCodec<${at.aggregate.pascal}Event>`);
    const table = call.arguments[0];
    const object = table !== undefined && ts.isObjectLiteralExpression(table) ? table : undefined;
    const nothing = /^const nothing = /m.test(text)
      ? 'nothing'
      : 'storedAs(z.compile(z.object({})))';
    return append(source, need(object, source, 'object of createCodec'), `${event}: ${nothing}`);
  });
}

function changeContract(
  draft: Draft,
  { contract, aggregate, service }: Located,
  { verb }: CommandNames,
): void {
  draft.change(contract, (text) => {
    const source = parse(contract, text);
    const creating = `create${aggregate.pascal}`;
    const routes = objectWith(source, creating);
    const [, path] = need(
      new RegExp(`${creating}: \\{[^}]*?path: '(/[^']+)'`).exec(text) ?? undefined,
      source,
      `path of ${creating}`,
    );
    const params = /^const params\b/m.test(text) ? 'params' : 'params: z.strictObject({ id })';
    const answers = /^const settled\b/m.test(text)
      ? 'answers: settled'
      : "answers: { 204: { description: 'Done, or already so' } }";
    const route = `${verb.camel}${aggregate.pascal}: {
      method: 'POST',
      path: '${path}/{id}/${verb.kebab}',
      summary: '${verb.pascal} one ${aggregate.kebab}',
      right: '${service}:write',
      ${params},
      ${answers},
    }`;
    return append(source, routes, route);
  });
}

function changeHandlers(draft: Draft, at: Located, { verb, command }: CommandNames): void {
  const { pascal } = at.aggregate;
  const source = adapterOf(draft, at);
  need(/^async function settle\(/m.exec(source.text) ?? undefined, source, 'function settle');
  const handlers = objectWith(source, `create${pascal}`);
  const handler = `${verb.camel}${pascal}: ({ params, context }) =>
      settle(parts, { id: params.id, context }, { type: '${command}', data: {} })`;
  draft.change(source.path, () => append(source, handlers, handler));
}

/** What a verb becomes: `cancel` → `CancelOrder`, `OrderCanceled`. */
export function commandNames(
  verb: string,
  aggregate: Names,
  given: { readonly event: string | undefined; readonly past: (verb: string) => string },
): CommandNames {
  const names = namesOf(verb);
  const event = given.event ?? `${aggregate.pascal}${namesOf(given.past(verb)).pascal}`;
  return { verb: names, command: `${names.pascal}${aggregate.pascal}`, event };
}
