import type { OperationsClient } from '@tidemark/operations';
import { Argument, type Command } from 'commander';
import {
  acrossServices,
  type CliContext,
  type CommonOptions,
  collect,
  connect,
  showList,
} from '../context.ts';
import { ExitError } from '../exit-codes.ts';
import type { Column } from '../table.ts';
import { settled } from '../tasks.ts';
import { limitOption } from './options.ts';

interface ListOptions extends CommonOptions {
  readonly service?: string;
  readonly limit: number;
}

/** A row of a read model or a message of a consumer; both stand behind the same words for people. */
interface Parked {
  readonly service: string;
  /** `read-model/<name>`, `inbox/<group>` or `process/<name>`. */
  readonly reader: string;
  readonly key: string;
  readonly error: string;
  readonly since: string;
  readonly waiting: number;
}

const READ_MODEL = 'read-model/';

const COLUMNS: readonly Column<Parked>[] = [
  { title: 'service', value: ({ service }) => service },
  { title: 'reader', value: ({ reader }) => reader },
  { title: 'key', value: ({ key }) => key },
  { title: 'since', value: ({ since }) => since, colour: () => 'dim' },
  { title: 'waiting', value: ({ waiting }) => waiting, align: 'right' },
  { title: 'error', value: ({ error }) => error, colour: () => 'red' },
];

/** `tidemark parked` */
export function addParked(program: Command, context: CliContext): void {
  const parked = program
    .command('parked')
    .description('What was set aside because it failed: list, show, retry, skip');
  addList(parked, context);
  addShow(parked, context);
  addSettle(parked, context, 'retry');
  addSettle(parked, context, 'skip');
}

function addList(parked: Command, context: CliContext): void {
  parked
    .command('list', { isDefault: true })
    .description('List what was set aside in read models, inboxes and processes')
    .option('-s, --service <name>', 'only in this service')
    .addOption(limitOption(50))
    .action(async (_: object, command: Command) => {
      const options = command.optsWithGlobals<ListOptions>();
      const client = await connect(context, options);
      const items = await acrossServices(client, options.service, (service) =>
        parkedOf(client, service, options.limit),
      );
      showList(context, options, { items, columns: COLUMNS, nothing: 'Nothing is parked.' });
    });
}

async function parkedOf(
  client: OperationsClient,
  service: string,
  most: number,
): Promise<readonly Parked[]> {
  const params = { service };
  const readModels = await client.call('listReadModels', { params });
  const consumers = await client.call('listConsumers', { params });
  const rows = readModels.items.map(async ({ name: readModel }) => {
    const found = await collect(most, ({ limit, after }) =>
      client.call('listParkedRows', {
        params: { service, readModel },
        query: { limit: String(limit), after },
      }),
    );
    return found.map((row) => ({ service, reader: `${READ_MODEL}${readModel}`, ...row }));
  });
  const messages = consumers.items.map(async ({ name: consumer }) => {
    const found = await collect(most, ({ limit, after }) =>
      client.call('listParkedMessages', {
        params: { service, consumer },
        query: { limit: String(limit), after },
      }),
    );
    return found.map((message) => ({ service, reader: consumer, ...message }));
  });
  return (await Promise.all([...rows, ...messages])).flat();
}

const SERVICE = new Argument('<service>', 'as the list shows it');
const READER = new Argument('<reader>', 'as the list shows it, for example inbox/passengers');
const KEY = new Argument('<key>', 'as the list shows it');

function addShow(parked: Command, context: CliContext): void {
  parked
    .command('show')
    .description('Show all of a parked message; personal values stay sealed')
    .addArgument(SERVICE)
    .addArgument(READER)
    .addArgument(KEY)
    .action(async function (this: Command) {
      const [service, reader, key] = this.processedArgs as [string, string, string];
      const client = await connect(context, this.optsWithGlobals());
      if (reader.startsWith(READ_MODEL)) {
        throw new ExitError(
          'usage',
          'Rows have no message: tidemark events shows the event at its position.',
        );
      }
      const params = { service, consumer: reader };
      const message = await client.call('inspectParkedMessage', { params, query: { key } });
      context.terminal.out(`${JSON.stringify(message, undefined, 2)}\n`);
    });
}

const DESCRIPTIONS = {
  retry: 'Try again: the event or message that failed, and all that wait behind it',
  skip: 'Leave out for good what failed, and go on with all that wait behind it',
};

function addSettle(parked: Command, context: CliContext, by: 'retry' | 'skip'): void {
  const { terminal } = context;
  parked
    .command(by)
    .description(DESCRIPTIONS[by])
    .addArgument(SERVICE)
    .addArgument(READER)
    .addArgument(KEY)
    .action(async function (this: Command) {
      const [service, reader, key] = this.processedArgs as [string, string, string];
      const options = this.optsWithGlobals<CommonOptions>();
      const client = await connect(context, options);
      const answer = await ask(client, { service, reader, key }, by);
      const title = `${by} ${reader} ${key}`;
      const { parked: still } = await settled(client, answer, { terminal, title });
      if (options.json === true) terminal.out(`${JSON.stringify({ parked: still ?? null })}\n`);
      if (still !== undefined) {
        throw new ExitError('failed', `${key} is parked still: ${still.error}`);
      }
      if (options.json !== true) terminal.out(`${key} goes on.\n`);
    });
}

type At = Pick<Parked, 'service' | 'reader' | 'key'>;

async function ask(client: OperationsClient, { service, reader, key }: At, by: 'retry' | 'skip') {
  if (reader.startsWith(READ_MODEL)) {
    const params = { service, readModel: reader.slice(READ_MODEL.length) };
    if (by === 'retry') return client.call('retryParkedRow', { params, body: { key } });
    const eventId = await failedEventOf(client, params, key);
    return client.call('skipParkedRow', { params, body: { key, eventId } });
  }
  const params = { service, consumer: reader };
  if (by === 'retry') return client.call('retryParkedMessage', { params, body: { key } });
  // What is skipped is named, so that nobody skips the next one by mistake.
  const { id } = await client.call('inspectParkedMessage', { params, query: { key } });
  return client.call('skipParkedMessage', { params, body: { key, id } });
}

/** The event that a row is parked at. */
async function failedEventOf(
  client: OperationsClient,
  params: { readonly service: string; readonly readModel: string },
  key: string,
): Promise<string> {
  const rows = await collect(Number.MAX_SAFE_INTEGER, ({ limit, after }) =>
    client.call('listParkedRows', { params, query: { limit: String(limit), after } }),
  );
  const row = rows.find((one) => one.key === key);
  if (row === undefined) throw new ExitError('notFound', `Nothing is parked under ${key}.`);
  return row.eventId;
}
