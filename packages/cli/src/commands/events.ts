import type { OperationAnswer, OperationsClient, OperationsRoutes } from '@tidemark/operations';
import type { Command } from 'commander';
import { type CliContext, type CommonOptions, collect, connect, showList } from '../context.ts';
import type { Column } from '../table.ts';
import { limitOption, serviceOption } from './options.ts';

export type StoredEvent = OperationAnswer<OperationsRoutes['tailEvents']>;

interface Options extends CommonOptions {
  readonly service: string;
  readonly stream?: string;
  readonly category?: string;
  readonly type?: string;
  readonly tag?: string;
  readonly after?: string;
  readonly last?: number;
  readonly limit: number;
  readonly open?: true;
}

export const EVENT_COLUMNS: readonly Column<StoredEvent>[] = [
  { title: 'position', value: ({ position }) => position, align: 'right' },
  { title: 'time', value: ({ recordedAt }) => recordedAt, colour: () => 'dim' },
  { title: 'stream', value: ({ stream }) => stream },
  { title: 'rev', value: ({ revision }) => revision, align: 'right' },
  { title: 'type', value: ({ type }) => type, colour: () => 'bold' },
  { title: 'actor', value: ({ actor }) => actor },
  { title: 'data', value: ({ data }) => shortened(data) },
];

/** Ciphertext says nothing to people. */
function shortened(data: StoredEvent['data']): string {
  return JSON.stringify(data, (_, value) =>
    typeof value === 'object' && value !== null && '$sealed' in value
      ? `sealed:${value.$subject}`
      : value,
  );
}

/** Filters that `events` and `tail` share. */
export function addFilters(command: Command): Command {
  return command
    .addOption(serviceOption())
    .option('-c, --category <name>', 'only events of streams of this category')
    .option('-t, --type <name>', 'only events of this type')
    .option('--tag <tag>', 'only events with this tag')
    .option('--after <position>', 'only events behind this position')
    .option('--open', 'open personal values; the platform logs that you did');
}

/** `tidemark events` */
export function addEvents(program: Command, context: CliContext): void {
  addFilters(
    program
      .command('events')
      .description('Show stored events, oldest first. Personal values stay sealed'),
  )
    .option('--stream <name>', 'only events of this stream')
    .addOption(limitOption(50))
    .action(async (_: object, command: Command) => {
      const options = command.optsWithGlobals<Options>();
      if (options.stream !== undefined) refuseFilters(command, options);
      const client = await connect(context, options);
      const items = await readEvents(client, options);
      showList(context, options, { items, columns: EVENT_COLUMNS, nothing: 'No events.' });
    });
}

/** A stream is read from its beginning: what narrows the log has no meaning there. */
function refuseFilters(command: Command, options: Options): void {
  const given = (['category', 'type', 'tag', 'after'] as const).find(
    (name) => options[name] !== undefined,
  );
  if (given !== undefined) command.error(`error: --stream cannot be combined with --${given}`);
}

function readEvents(client: OperationsClient, options: Options): Promise<readonly StoredEvent[]> {
  const { service, stream, category, type, tag } = options;
  const open = options.open === true ? ('true' as const) : undefined;
  return collect<StoredEvent>(options.limit, ({ limit, after }) =>
    stream === undefined
      ? client.call('listEvents', {
          params: { service },
          query: { category, type, tag, open, limit: String(limit), after: after ?? options.after },
        })
      : client.call('readStream', {
          params: { service, stream },
          query: { open, limit: String(limit), from: after },
        }),
  );
}
