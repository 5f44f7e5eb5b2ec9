import { writeFile } from 'node:fs/promises';
import type { OperationsClient } from '@tidemark/operations';
import type { SubjectRecord } from '@tidemark/runtime';
import { exportDocument } from '@tidemark/runtime';
import type { Command } from 'commander';
import { type CliContext, type CommonOptions, connect } from '../context.ts';
import { ExitError } from '../exit-codes.ts';
import { formatTable } from '../table.ts';
import { awaitTask } from '../tasks.ts';
import type { Terminal } from '../terminal.ts';

interface EraseOptions extends CommonOptions {
  readonly yes?: true;
}
interface ExportOptions extends CommonOptions {
  readonly output?: string;
}

interface Report {
  readonly subject: string;
  readonly outcome: string;
  readonly services: readonly {
    readonly service: string;
    readonly events: number;
    readonly streams: number;
    readonly rows: readonly { readonly rows: number }[];
    readonly timers: number;
  }[];
}

/** `tidemark erase` */
export function addErase(program: Command, context: CliContext): void {
  const { terminal } = context;
  program
    .command('erase')
    .description(
      'Make what is personal of a data subject unreadable for good, and report where it was',
    )
    .argument('<subject>', 'id of the data subject')
    .option('--yes', 'do not ask')
    .action(async (subject: string, _: object, command: Command) => {
      const options = command.optsWithGlobals<EraseOptions>();
      await confirm(terminal, subject, options.yes);
      const client = await connect(context, options);
      const task = await client.call('eraseSubject', { body: { subject } });
      const report = await awaitTask(client, task, { terminal, title: `erase ${subject}` });
      if (options.json === true) terminal.out(`${JSON.stringify(report, undefined, 2)}\n`);
      else terminal.out(reportText(report as object as Report, terminal.hasScreen));
    });
}

/** What cannot be undone is typed. */
export async function confirm(
  terminal: Terminal,
  name: string,
  yes: true | undefined,
): Promise<void> {
  if (yes === true) return;
  const typed = await terminal.ask(`This cannot be undone. Type ${name} to go on: `);
  if (typed === undefined) throw new ExitError('notNow', 'Nobody is there to ask: say --yes.');
  if (typed.trim() !== name) throw new ExitError('notNow', 'Not confirmed; nothing was changed.');
}

function reportText({ subject, outcome, services }: Report, hasColours: boolean): string {
  const table = formatTable(
    services,
    [
      { title: 'service', value: ({ service }) => service },
      { title: 'events', value: ({ events }) => events, align: 'right' },
      { title: 'streams', value: ({ streams }) => streams, align: 'right' },
      {
        title: 'rows',
        value: ({ rows }) => rows.reduce((sum, one) => sum + one.rows, 0),
        align: 'right',
      },
      { title: 'timers', value: ({ timers }) => timers, align: 'right' },
    ],
    hasColours,
  );
  return `${subject}: ${outcome}. Values that cannot be read any more:\n${table}`;
}

/** `tidemark export` */
export function addExport(program: Command, context: CliContext): void {
  const { terminal } = context;
  program
    .command('export')
    .description('Write everything that is kept about a data subject, as one JSON document')
    .argument('<subject>', 'id of the data subject')
    .option('-o, --output <file>', 'into this file (readable by you only) instead of the output')
    .action(async (subject: string, _: object, command: Command) => {
      const options = command.optsWithGlobals<ExportOptions>();
      const client = await connect(context, options);
      const document = exportDocument(subject, recordsOf(client, subject, terminal.signal), {
        now: Date.now,
      });
      if (options.output !== undefined) {
        await writeFile(options.output, document, { mode: 0o600, flag: 'wx' });
        terminal.err(`Written to ${options.output}.\n`);
      } else {
        for await (const piece of document) terminal.out(piece);
      }
    });
}

/** @throws ExitError when it broke off: half an export must not look like a whole one. */
async function* recordsOf(
  client: OperationsClient,
  subject: string,
  signal: AbortSignal,
): AsyncGenerator<SubjectRecord> {
  let isWhole = false;
  for await (const { event, data } of client.follow('exportSubject', {
    body: { subject },
    signal,
  })) {
    if (event === 'end') isWhole = true;
    else yield data as object as SubjectRecord;
  }
  if (!isWhole) throw new ExitError('failed', 'The export broke off; it is not whole.');
}
