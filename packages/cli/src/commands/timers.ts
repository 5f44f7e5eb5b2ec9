import type { Command } from 'commander';
import { type CliContext, type CommonOptions, collect, connect, showList } from '../context.ts';
import { limitOption, serviceOption } from './options.ts';

interface Options extends CommonOptions {
  readonly service: string;
  readonly process?: string;
  readonly limit: number;
}

/** `tidemark timers` */
export function addTimers(program: Command, context: CliContext): void {
  program
    .command('timers')
    .description('List the reminders that wait in a service, by when they are due')
    .addOption(serviceOption())
    .option('-p, --process <name>', 'only those of this process')
    .addOption(limitOption(1_000))
    .action(async (_: object, command: Command) => {
      const options = command.optsWithGlobals<Options>();
      const client = await connect(context, options);
      const params = { service: options.service };
      const found = await collect(options.limit, ({ limit, after }) =>
        client.call('listTimers', {
          params,
          query: { limit: String(limit), owner: options.process, after },
        }),
      );
      const items = [...found].sort((a, b) => a.dueAt.localeCompare(b.dueAt));
      showList(context, options, {
        items,
        columns: [
          { title: 'due', value: ({ dueAt }) => dueAt },
          { title: 'process', value: ({ owner }) => owner },
          { title: 'id', value: ({ id }) => id, colour: () => 'dim' },
          { title: 'input', value: ({ input }) => JSON.stringify(input) },
        ],
        nothing: 'No timers.',
      });
    });
}
