import type { Command } from 'commander';
import { type CliContext, type CommonOptions, collect, connect, showList } from '../context.ts';
import { limitOption, serviceOption } from './options.ts';

interface Options extends CommonOptions {
  readonly service: string;
  readonly category?: string;
  readonly after?: string;
  readonly limit: number;
}

/** `tidemark streams` */
export function addStreams(program: Command, context: CliContext): void {
  program
    .command('streams')
    .description('List the streams of a service in the order in which they began')
    .addOption(serviceOption())
    .option('-c, --category <name>', 'only streams of this category')
    .option('--after <position>', 'only streams that began behind this position')
    .addOption(limitOption(50))
    .action(async (_: object, command: Command) => {
      const options = command.optsWithGlobals<Options>();
      const client = await connect(context, options);
      const params = { service: options.service };
      const items = await collect(options.limit, ({ limit, after }) =>
        client.call('listStreams', {
          params,
          query: {
            limit: String(limit),
            category: options.category,
            after: after ?? options.after,
          },
        }),
      );
      showList(context, options, {
        items,
        columns: [
          { title: 'position', value: ({ position }) => position, align: 'right' },
          { title: 'stream', value: ({ stream }) => stream },
          { title: 'began with', value: ({ firstType }) => firstType },
          { title: 'at', value: ({ startedAt }) => startedAt, colour: () => 'dim' },
        ],
        nothing: 'No streams.',
      });
    });
}
