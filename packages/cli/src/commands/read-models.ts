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

type ReadModel = OperationAnswer<OperationsRoutes['listReadModels']>['items'][number];

interface Options extends CommonOptions {
  readonly service?: string;
}

const COLUMNS: readonly Column<ReadModel & { readonly service: string }>[] = [
  { title: 'service', value: ({ service }) => service },
  { title: 'read model', value: ({ name, version }) => `${name}.v${version}` },
  { title: 'checkpoint', value: ({ checkpoint }) => checkpoint, align: 'right' },
  {
    title: 'lag',
    value: ({ lag }) => lag,
    align: 'right',
    colour: ({ lag }) => (lag > 0 ? 'yellow' : undefined),
  },
  {
    title: 'parked',
    value: ({ parked }) => (parked < 1_000 ? parked : '1000+'),
    align: 'right',
    colour: ({ parked }) => (parked > 0 ? 'red' : undefined),
  },
  { title: 'rebuild', value: ({ rebuild }) => (rebuild === 'idle' ? '' : rebuild) },
];

/** `tidemark read-models` */
export function addReadModels(program: Command, context: CliContext): void {
  program
    .command('read-models')
    .description('List read models: version, how far they have come, rows that were set aside')
    .option('-s, --service <name>', 'only those of this service')
    .action(async (_: object, command: Command) => {
      const options = command.optsWithGlobals<Options>();
      const client = await connect(context, options);
      const items = await acrossServices(client, options.service, async (service) => {
        const list = await client.call('listReadModels', { params: { service } });
        return list.items.map((item) => ({ service, ...item }));
      });
      showList(context, options, { items, columns: COLUMNS, nothing: 'No read models.' });
    });
}
