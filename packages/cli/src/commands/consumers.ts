import type { OperationAnswer, OperationsRoutes } from '@tidemark/operations';
import type { Command } from 'commander';
import {
  acrossServices,
  type CliContext,
  type CommonOptions,
  connect,
  showList,
} from '../context.ts';
import type { Column } from '../table.ts';

type Consumer = OperationAnswer<OperationsRoutes['listConsumers']>['items'][number];

interface Options extends CommonOptions {
  readonly service?: string;
}

const COLUMNS: readonly Column<Consumer & { readonly service: string }>[] = [
  { title: 'service', value: ({ service }) => service },
  { title: 'consumer', value: ({ name }) => name },
  {
    title: 'has come to',
    value: ({ checkpoints }) =>
      checkpoints.map(({ service, position }) => `${service}@${position}`).join(' '),
  },
  {
    title: 'lag',
    value: ({ checkpoints }) => checkpoints.reduce((sum, { lag = 0 }) => sum + lag, 0),
    align: 'right',
  },
  {
    title: 'parked',
    value: ({ parked }) => (parked < 1_000 ? parked : '1000+'),
    align: 'right',
    colour: ({ parked }) => (parked > 0 ? 'red' : undefined),
  },
  {
    title: 'replays',
    value: ({ replays }) =>
      replays
        .filter(({ done }) => !done)
        .map(({ service, position, upTo }) => `${service} ${position}/${upTo}`)
        .join(' '),
  },
];

/** `tidemark consumers` */
export function addConsumers(program: Command, context: CliContext): void {
  program
    .command('consumers')
    .description('List inboxes and processes: how far they have come, what was set aside, replays')
    .option('-s, --service <name>', 'only those of this service')
    .action(async (_: object, command: Command) => {
      const options = command.optsWithGlobals<Options>();
      const client = await connect(context, options);
      const items = await acrossServices(client, options.service, async (service) => {
        const list = await client.call('listConsumers', { params: { service } });
        return list.items.map((item) => ({ service, ...item }));
      });
      showList(context, options, { items, columns: COLUMNS, nothing: 'No consumers.' });
    });
}
