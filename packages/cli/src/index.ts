export { readCliConfig } from './config.ts';
export type { CliContext } from './context.ts';
export { EXIT } from './exit-codes.ts';
export { createProgram, run } from './program.ts';
export type { Terminal } from './terminal.ts';
