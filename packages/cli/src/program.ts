import { Command } from 'commander';
import { addConsumers } from './commands/consumers.ts';
import { addEvents } from './commands/events.ts';
import { addNew } from './commands/new.ts';
import { addParked } from './commands/parked.ts';
import { addReadModels } from './commands/read-models.ts';
import { addRebuild } from './commands/rebuild.ts';
import { addReplay } from './commands/replay.ts';
import { addServices } from './commands/services.ts';
import { addStreams } from './commands/streams.ts';
import { addErase, addExport } from './commands/subjects.ts';
import { addTail } from './commands/tail.ts';
import { addTasks } from './commands/tasks.ts';
import { addTimers } from './commands/timers.ts';
import { addVerify } from './commands/verify.ts';
import type { CliContext } from './context.ts';
import { EXIT, explain } from './exit-codes.ts';

const EXIT_LINES = Object.values(EXIT).map(({ code, meaning }) => `  ${code}  ${meaning}`);

const AFTERWORD = `
Settings: TIDEMARK_URL, OPERATOR_TOKEN, DATA_DIR.
Exit codes:
${EXIT_LINES.join('\n')}`;

const COMMANDS = [
  addServices,
  addStreams,
  addEvents,
  addTail,
  addReadModels,
  addRebuild,
  addConsumers,
  addParked,
  addReplay,
  addTimers,
  addVerify,
  addErase,
  addExport,
  addTasks,
  addNew,
];

/** The whole command line. Commands speak through the terminal of the context. */
export function createProgram(context: CliContext): Command {
  const { terminal } = context;
  const program = new Command('tidemark')
    .description('Looks after a Tidemark platform, and writes new services.')
    .option('--json', 'one JSON document instead of tables; JSON lines where it goes on')
    .option('--url <address>', 'where the platform is served, instead of TIDEMARK_URL')
    .addHelpText('after', AFTERWORD)
    .configureOutput({ writeOut: terminal.out, writeErr: terminal.err })
    .showHelpAfterError('(tidemark help <command> tells more)')
    .exitOverride();
  for (const add of COMMANDS) add(program, context);
  return program;
}

/** Runs a command line; answers the exit code. Never rejects. */
export async function run(args: readonly string[], context: CliContext): Promise<number> {
  const program = createProgram(context);
  try {
    await program.parseAsync(args, { from: 'user' });
    return EXIT.done.code;
  } catch (error) {
    const { url = context.config.url } = program.opts<{ url?: string }>();
    const { code, message } = explain(error, url);
    if (message !== '') context.terminal.err(`${message}\n`);
    return code;
  }
}
