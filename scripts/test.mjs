// Runs every test that this machine can run, or those whose path holds a given word: npm test -- core.
// The last line says how many passed and failed.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ensureBuilt } from './build.mjs';
import { ensureInstalled } from './install.mjs';
import { programNamedIn, requiredPrograms } from './programs.mjs';
import { runCommand, seconds } from './run-command.mjs';

const startedAt = performance.now();
await ensureInstalled();
await ensureBuilt();

const required = requiredPrograms();
const { code, summary } = await runTests();
let { passed, failed, skips } = summary;

for (const [reason, count] of countEqual(skips)) {
  const program = programNamedIn(reason);
  const isFailure = program !== undefined && required.includes(program);
  if (isFailure) failed += count;
  const verdict = isFailure ? 'FAILED, may not be skipped here' : 'skipped';
  console.log(`${verdict}: ${reason} (${count})`);
  if (isFailure) skips = skips.filter((skip) => skip !== reason);
}
if (passed + failed === 0) console.log('No test ran.');
if (code !== 0 && failed === 0) failed = 1;
console.log(`Tests took ${seconds(performance.now() - startedAt)}.`);
const skipped = skips.length === 0 ? '' : `, ${skips.length} skipped`;
console.log(`${passed} passed, ${failed} failed${skipped}`);
process.exitCode = failed > 0 || passed === 0 ? 1 : 0;

async function runTests() {
  const folder = mkdtempSync(join(tmpdir(), 'tidemark-test-'));
  const summaryPath = join(folder, 'summary.json');
  try {
    const { code } = await runCommand(
      'node_modules/.bin/vitest',
      [
        'run',
        ...process.argv.slice(2),
        '--reporter=default',
        '--reporter=./scripts/test-reporter.mjs',
      ],
      { env: { TIDEMARK_REQUIRE: required.join(','), TIDEMARK_TEST_SUMMARY: summaryPath } },
    );
    return { code, summary: readSummary(summaryPath) };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Absent when Vitest itself broke. */
function readSummary(path) {
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch {
    return { passed: 0, failed: 1, skips: [] };
  }
}

function countEqual(texts) {
  const counts = new Map();
  for (const text of texts) counts.set(text, (counts.get(text) ?? 0) + 1);
  return counts;
}
