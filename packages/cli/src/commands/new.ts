import { type Command, Option } from 'commander';
import type { CliContext, CommonOptions } from '../context.ts';
import type { Draft } from '../scaffold/draft.ts';

interface Options extends CommonOptions {
  readonly service: string;
  readonly aggregate: string;
  readonly plural?: string;
  readonly event?: string;
  readonly on?: string;
  readonly send?: string;
}

/** What is said when files were written. */
const NEXT: Readonly<Record<string, readonly string[]>> = {
  service: ['npm install', 'npm run schemas:record', 'npm run docs', 'make check'],
  aggregate: ['npm run schemas:record', 'npm run docs', 'make check'],
  command: ['npm run schemas:record', 'npm run docs', 'make check'],
  query: ['npm run docs', 'make check'],
  'read-model': ['make check'],
  process: ['npm run schemas:record', 'make check'],
};

/** The compiler is needed here only, and takes long to load. */
const load = async () => ({
  ...(await import('../scaffold/draft.ts')),
  ...(await import('../scaffold/locate.ts')),
  ...(await import('../scaffold/names.ts')),
  ...(await import('../scaffold/new-aggregate.ts')),
  ...(await import('../scaffold/new-command.ts')),
  ...(await import('../scaffold/new-process.ts')),
  ...(await import('../scaffold/new-query.ts')),
  ...(await import('../scaffold/new-read-model.ts')),
  ...(await import('../scaffold/new-service.ts')),
});
type Scaffold = Awaited<ReturnType<typeof load>>;
type Write = (scaffold: Scaffold, draft: Draft, asked: Options & { readonly name: string }) => void;

/** `tidemark new` */
export function addNew(program: Command, context: CliContext): void {
  const parent = program
    .command('new')
    .description(
      'Write files that compile and pass their first test, into the repository where it stands',
    );
  kind(parent, context, 'service')
    .description('A service with one aggregate, a list, and its place on the platform')
    .option('--aggregate <name>', 'its aggregate, instead of one of what the service is called')
    .option('--plural <name>', 'more than one of them, where English is not regular');
  kind(parent, context, 'aggregate')
    .description('One more aggregate in a service: rules, where it is kept, routes')
    .addOption(inService())
    .option('--plural <name>', 'more than one of them, where English is not regular');
  kind(parent, context, 'command')
    .description('A command of an aggregate, by its verb: rule, stored shape, route, handler')
    .addOption(inService())
    .addOption(ofAggregate())
    .option('--event <Name>', 'what has happened then, where English is not regular: OrderSent');
  kind(parent, context, 'query')
    .description('A question about one aggregate: what it answers, route, handler')
    .addOption(inService())
    .addOption(ofAggregate());
  kind(parent, context, 'read-model')
    .description('A read model of the events of an aggregate, kept up to date')
    .addOption(inService())
    .addOption(ofAggregate());
  kind(parent, context, 'process')
    .description('A process that waits after an event of an aggregate, and then sends it a command')
    .addOption(inService())
    .addOption(ofAggregate())
    .option('--on <Event>', 'the event that it begins with, instead of the first')
    .option('--send <Command>', 'the command that it sends; one that takes nothing');
}

function inService(): Option {
  return new Option('-s, --service <name>', 'the service').makeOptionMandatory();
}

function ofAggregate(): Option {
  return new Option(
    '-a, --aggregate <name>',
    'the aggregate, as its file in src/domain is called',
  ).makeOptionMandatory();
}

const WRITERS: Readonly<Record<string, Write>> = {
  service: (scaffold, draft, { name, aggregate, plural }) =>
    scaffold.addService(draft, { name, aggregate, plural }),
  aggregate: (scaffold, draft, { name, service, plural }) =>
    scaffold.addAggregate(draft, { name, service, plural }),
  command: (scaffold, draft, { name, service, aggregate, event }) => {
    const at = scaffold.locate(draft, service, scaffold.namesOf(aggregate));
    const names = scaffold.commandNames(name, at.aggregate, { event, past: scaffold.pastOf });
    scaffold.addCommand(draft, at, names);
  },
  query: (scaffold, draft, { name, service, aggregate }) => {
    const at = scaffold.locate(draft, service, scaffold.namesOf(aggregate));
    scaffold.addQuery(draft, at, scaffold.namesOf(name));
  },
  'read-model': (scaffold, draft, { name, service, aggregate }) => {
    const at = scaffold.locate(draft, service, scaffold.namesOf(aggregate));
    scaffold.addReadModel(draft, at, scaffold.namesOf(name));
  },
  process: (scaffold, draft, { name, service, aggregate, on, send }) => {
    const at = scaffold.locate(draft, service, scaffold.namesOf(aggregate));
    scaffold.addProcess(draft, at, { name: scaffold.namesOf(name), on, send });
  },
};

function kind(parent: Command, { terminal, root }: CliContext, what: string): Command {
  return parent
    .command(what)
    .argument('<name>', 'small letters and digits, with dashes between words')
    .action(async (name: string, _: object, command: Command) => {
      const options = command.optsWithGlobals<Options>();
      const scaffold = await load();
      const draft = scaffold.createDraft(root);
      WRITERS[what]?.(scaffold, draft, { ...options, name });
      const files = draft.write();
      const next = NEXT[what] ?? [];
      if (options.json === true)
        return terminal.out(`${JSON.stringify({ files, next }, undefined, 2)}\n`);
      terminal.out(`${files.join('\n')}\n\nNext: ${next.join(' && ')}\n`);
    });
}
