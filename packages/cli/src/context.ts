import { createOperationsClient, type OperationsClient } from '@tidemark/operations';
import type { CliConfig } from './config.ts';
import { ExitError } from './exit-codes.ts';
import { type Column, formatTable } from './table.ts';
import type { Terminal } from './terminal.ts';

/** What every command is given. */
export interface CliContext {
  readonly config: CliConfig;
  readonly terminal: Terminal;
  /** The repository that `new` writes into. */
  readonly root: string;
}

/** Options that all commands know. */
export interface CommonOptions {
  readonly json?: boolean;
  readonly url?: string;
}

/** The platform, as this operator reaches it. */
export async function connect(
  { config }: CliContext,
  options: CommonOptions,
): Promise<OperationsClient> {
  const url = options.url ?? config.url;
  if (!/^https?:\/\//.test(url) || !URL.canParse(url)) {
    throw new ExitError('usage', `"${url}" is no address, for example http://127.0.0.1:8080.`);
  }
  return createOperationsClient({ url, token: await config.token() });
}

/** Shows a list: a table for people, one document for machines. */
export function showList<Row>(
  { terminal }: CliContext,
  options: CommonOptions,
  list: {
    readonly items: readonly Row[];
    readonly columns: readonly Column<Row>[];
    readonly nothing: string;
  },
): void {
  const { items, columns, nothing } = list;
  if (options.json === true) terminal.out(`${JSON.stringify({ items }, undefined, 2)}\n`);
  else if (items.length === 0) terminal.err(`${nothing}\n`);
  else terminal.out(formatTable(items, columns, terminal.hasScreen));
}

/** That service, or all of them. */
export async function servicesOf(
  client: OperationsClient,
  service: string | undefined,
): Promise<readonly string[]> {
  if (service !== undefined) return [service];
  return (await client.call('listServices')).items.map(({ name }) => name);
}

/** What a question answers for that service, or for all of them, in their order. */
export async function acrossServices<Row>(
  client: OperationsClient,
  service: string | undefined,
  read: (service: string) => Promise<readonly Row[]>,
): Promise<readonly Row[]> {
  return (await Promise.all((await servicesOf(client, service)).map(read))).flat();
}

/** A page of a list, as every route answers it. */
interface Page<Row> {
  readonly items: readonly Row[];
  readonly next?: string | undefined;
}

const MOST_PER_PAGE = 1_000;

/** Goes from page to page until `limit` rows are there, or all of them. */
export async function collect<Row>(
  limit: number,
  read: (page: {
    readonly limit: number;
    readonly after: string | undefined;
  }) => Promise<Page<Row>>,
): Promise<readonly Row[]> {
  const items: Row[] = [];
  let after: string | undefined;
  while (items.length < limit) {
    const page = await read({ limit: Math.min(limit - items.length, MOST_PER_PAGE), after });
    items.push(...page.items);
    if (page.next === undefined) break;
    after = page.next;
  }
  return items;
}
