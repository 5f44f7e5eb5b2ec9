// Writes the commands of `tidemark` into docs/reference/cli.md: npm run docs. A test compares it.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createProgram, EXIT, readCliConfig } from '@tidemark/cli';
import { ROOT } from './tracked-files.ts';

const PAGE = 'docs/reference/cli.md';
/** From the first table to the end of the page. */
const GENERATED = /(?<=^## Exit codes\n\n)[\s\S]*$/m;

type Command = ReturnType<typeof createProgram>;

/** The page as it should be. */
export function withCliReference(page: string): string {
  const program = createProgram({ config: readCliConfig({}), terminal: silent, root: '.' });
  const codes = Object.values(EXIT).map(({ code, meaning }) => `| ${code} | ${meaning} |`);
  const commands = program.commands.flatMap((command) => describe(command, 'tidemark', 3));
  const parts = [
    `| code | meaning |\n|---|---|\n${codes.join('\n')}`,
    '## Commands',
    'All of them take `--json` and `--url <address>`.',
    ...commands,
  ];
  return page.replace(GENERATED, () => `${parts.join('\n\n')}\n`);
}

const silent = {
  out: () => undefined,
  err: () => undefined,
  hasScreen: false,
  hasErrScreen: false,
  ask: async () => undefined,
  signal: new AbortController().signal,
};

function describe(command: Command, before: string, level: number): readonly string[] {
  const words = `${before} ${command.name()}`;
  const args = command.registeredArguments.map((one) =>
    one.required ? `<${one.name()}>` : `[${one.name()}]`,
  );
  const heading = `${'#'.repeat(level)} \`${[words, ...args].join(' ')}\``;
  const rows = [
    ...command.registeredArguments.map((one) => [`\`<${one.name()}>\``, one.description]),
    ...command.options.map((one) => [`\`${one.flags}\``, optionText(one)]),
  ].map(([name, text]) => `| ${name?.replaceAll('|', '\\|')} | ${text} |`);
  const table = rows.length === 0 ? [] : [`| | |\n|---|---|\n${rows.join('\n')}`];
  const inner = command.commands.flatMap((one) => describe(one, words, level + 1));
  return [heading, `${command.description()}.`, ...table, ...inner];
}

function optionText(option: Command['options'][number]): string {
  const needed = option.mandatory ? ' (needed)' : '';
  const otherwise = option.defaultValue === undefined ? '' : ` (${option.defaultValue})`;
  return `${option.description}${needed}${otherwise}`;
}

if (process.argv[1]?.endsWith('cli-reference.ts')) {
  const path = join(ROOT, PAGE);
  writeFileSync(path, withCliReference(readFileSync(path, 'utf8')));
}
