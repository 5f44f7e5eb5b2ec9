import { readCliConfig } from './config.ts';
import { run } from './program.ts';
import { openTerminal } from './terminal.ts';

const terminal = openTerminal(process.env.NO_COLOR !== undefined);
process.exitCode = await run(process.argv.slice(2), {
  config: readCliConfig(process.env),
  terminal,
  root: process.cwd(),
});
