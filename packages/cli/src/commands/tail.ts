import type { Command } from 'commander';
import { type CliContext, type CommonOptions, connect } from '../context.ts';
import { formatTable } from '../table.ts';
import { addFilters, EVENT_COLUMNS } from './events.ts';

interface Options extends CommonOptions {
  readonly service: string;
  readonly category?: string;
  readonly type?: string;
  readonly tag?: string;
  readonly after?: string;
  readonly open?: true;
}

const TITLES = 1;

/** `tidemark tail` */
export function addTail(program: Command, context: CliContext): void {
  const { terminal } = context;
  addFilters(
    program
      .command('tail')
      .description('Follow events as they are stored, until Ctrl-C; with --json, one a line'),
  ).action(async (_: object, command: Command) => {
    const options = command.optsWithGlobals<Options>();
    const { service, category, type, tag, after } = options;
    const client = await connect(context, options);
    const open = options.open === true ? ('true' as const) : undefined;
    const query = { category, type, tag, after, open };
    const { signal } = terminal;
    const events = client.follow('tailEvents', { params: { service }, query, signal });
    try {
      for await (const { data } of events) {
        if (options.json === true) terminal.out(`${JSON.stringify(data)}\n`);
        else {
          const lines = formatTable([data], EVENT_COLUMNS, terminal.hasScreen).split('\n');
          terminal.out(`${lines[TITLES]}\n`);
        }
      }
    } catch (error) {
      if (!signal.aborted) throw error;
    }
  });
}
