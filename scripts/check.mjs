// Everything that can be said about the code without running the platform. One line a check, details when it fails.
import { existsSync } from 'node:fs';
import { ROOT, runCommand, seconds } from './run-command.mjs';

/** As many at a time as the smallest machine has cores. */
const AT_ONCE = 2;

/** Name, program of `node_modules/.bin`, its arguments; longest first. */
const CHECKS = [
  ['house rules', 'vitest', ['run', 'scripts/', 'docs/', '--reporter=dot']],
  ['types', 'tsc', ['-p', 'tsconfig.json']],
  ['types of the console', 'tsc', ['-p', 'console/tsconfig.json']],
  ['stored shapes', 'tsx', ['scripts/schemas.ts']],
  ['import directions', 'depcruise', ['--config', '.dependency-cruiser.cjs', ...sourceFolders()]],
  ['dead code', 'knip', ['--no-progress', '--no-config-hints']],
  ['format and lint', 'biome', ['check', '.']],
];

const startedAt = performance.now();
const waiting = [...CHECKS];
const failed = [];
await Promise.all(Array.from({ length: AT_ONCE }, runNext));
console.log(`Checks took ${seconds(performance.now() - startedAt)}.`);
console.log(`${CHECKS.length - failed.length} passed, ${failed.length} failed`);
process.exitCode = failed.length === 0 ? 0 : 1;

async function runNext() {
  for (let check = waiting.shift(); check !== undefined; check = waiting.shift()) {
    const [name, program, args] = check;
    const { code, output, tookMs } = await runCommand(`node_modules/.bin/${program}`, args, {
      quiet: true,
    });
    console.log(`${code === 0 ? 'ok    ' : 'FAILED'} ${name} (${seconds(tookMs)})`);
    if (code === 0) continue;
    failed.push(name);
    console.log(`$ ${program} ${args.join(' ')}\n${output.trimEnd()}\n`);
  }
}

function sourceFolders() {
  const folders = [
    'packages',
    'contracts',
    'services',
    'gateway',
    'console',
    'platform',
    'bench',
    'examples',
  ];
  return folders.filter((folder) => existsSync(`${ROOT}${folder}`));
}
