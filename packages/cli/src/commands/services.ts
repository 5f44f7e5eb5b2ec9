import type { OperationAnswer, OperationsRoutes } from '@tidemark/operations';
import type { Command } from 'commander';
import { type CliContext, type CommonOptions, connect, showList } from '../context.ts';
import type { Column } from '../table.ts';

type Service = OperationAnswer<OperationsRoutes['listServices']>['items'][number];

const COLUMNS: readonly Column<Service>[] = [
  { title: 'service', value: ({ name }) => name },
  {
    title: 'head',
    value: ({ head, fault }) => head ?? fault?.code,
    align: 'right',
    colour: ({ fault }) => (fault === undefined ? undefined : 'red'),
  },
  { title: 'read models', value: ({ readModels }) => readModels, align: 'right' },
  { title: 'consumers', value: ({ consumers }) => consumers, align: 'right' },
  {
    title: 'running',
    value: ({ runnables }) => `${runningOf(runnables).length}/${runnables.length}`,
    align: 'right',
    colour: ({ runnables }) =>
      runningOf(runnables).length < runnables.length ? 'yellow' : undefined,
  },
  { title: 'trouble', value: troubleOf, colour: () => 'red' },
];

function runningOf(runnables: Service['runnables']): Service['runnables'] {
  return runnables.filter(({ state }) => state === 'running');
}

/** What died last, and of what; also when it runs again. */
function troubleOf({ runnables, fault }: Service): string {
  if (fault !== undefined) return fault.message;
  return runnables
    .filter(({ restarts }) => restarts > 0)
    .map(({ name, restarts, lastError }) => `${name} died ${restarts}x: ${lastError ?? ''}`)
    .join('; ');
}

/** `tidemark services` */
export function addServices(program: Command, context: CliContext): void {
  program
    .command('services')
    .description('List the services: how far their logs are, and how what runs for them is')
    .action(async (_: object, command: Command) => {
      const options = command.optsWithGlobals<CommonOptions>();
      const client = await connect(context, options);
      const { items } = await client.call('listServices');
      showList(context, options, { items, columns: COLUMNS, nothing: 'No services.' });
    });
}
