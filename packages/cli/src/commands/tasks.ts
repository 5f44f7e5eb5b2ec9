import type { Command } from 'commander';
import { type CliContext, type CommonOptions, connect, showList } from '../context.ts';
import { barOf } from '../progress.ts';
import type { Column } from '../table.ts';
import type { Task } from '../tasks.ts';

const COLUMNS: readonly Column<Task>[] = [
  { title: 'id', value: ({ id }) => id },
  { title: 'task', value: ({ kind, subject }) => `${kind} ${subject}` },
  {
    title: 'state',
    value: ({ state }) => state,
    colour: ({ state }) => (state === 'failed' ? 'red' : undefined),
  },
  { title: 'since', value: ({ startedAt }) => startedAt, colour: () => 'dim' },
  { title: '', value: ({ fault, progress }) => fault?.message ?? (progress && barOf(progress)) },
];

/** `tidemark tasks` */
export function addTasks(program: Command, context: CliContext): void {
  const tasks = program
    .command('tasks')
    .description('What operators have begun on this platform: list, cancel');
  tasks
    .command('list', { isDefault: true })
    .description('List what runs, and the last that have ended')
    .action(async (_: object, command: Command) => {
      const options = command.optsWithGlobals<CommonOptions>();
      const client = await connect(context, options);
      const { items } = await client.call('listTasks');
      showList(context, options, { items, columns: COLUMNS, nothing: 'No tasks.' });
    });
  tasks
    .command('cancel')
    .description('Tell a task to stop; what it has done stays done')
    .argument('<id>', 'as the list shows it')
    .action(async (id: string, _: object, command: Command) => {
      const client = await connect(context, command.optsWithGlobals());
      const { state } = await client.call('cancelTask', { params: { id } });
      context.terminal.err(`${id}: ${state === 'running' ? 'told to stop' : state}.\n`);
    });
}
