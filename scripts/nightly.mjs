// Runs the long forms of the tests one after the other and prints a table. NIGHTLY=crashes runs one; SCALE=0.01 does a
// hundredth of what is counted, to try the script itself. A failure prints what Vitest said: the seed and how to repeat it.
import { ensureBuilt } from './build.mjs';
import { ensureInstalled } from './install.mjs';
import { runCommand, seconds } from './run-command.mjs';

const scale = Number(process.env.SCALE ?? 1);
const count = (full) => String(Math.max(1, Math.round(full * scale)));

/** Name, files of tests, environment, how many times. What takes longest stands last. */
const JOBS = [
  [
    'crashes',
    ['crash-points', 'failing-disk', 'read-model-crash'].map(
      (test) => `packages/store-sqlite/test/${test}`,
    ),
    { CRASH_POINTS: 'all' },
  ],
  ['bytes', ['packages/store-sqlite/test/flipped-bytes'], { FLIPPED_BYTES: 'all' }],
  ['random', ['packages/testing/src/event-engine-model'], { RUNS: count(2_000) }],
  [
    'models',
    ['packages/store-sqlite/test/model', 'packages/store-postgres/test/model'],
    { MODEL_SEEDS: count(1_000), MODEL_STEPS: '200' },
  ],
  [
    'histories',
    ['packages/store-sqlite/test/history', 'packages/store-postgres/test/history'],
    {},
    Number(count(30)),
  ],
  ['plans', ['packages/store-postgres/test/query-plans'], { PLAN_ROWS: count(1_000_000) }],
  [
    'servers',
    ['packages/store-postgres/test/server-crash', 'platform/test/postgres-crash'],
    { SERVER_CRASHES: count(50) },
  ],
  ['kills', ['packages/store-sqlite/test/kill'], { KILLS: count(1_000) }],
  // A run of 20 rounds stays within the time that its test is given.
  ['platform', ['platform/test/kill'], { KILL_ROUNDS: '20' }, Number(count(50))],
];

await ensureInstalled();
await ensureBuilt();
const only = process.env.NIGHTLY || undefined;
const jobs = JOBS.filter(([name]) => only === undefined || name === only);
if (jobs.length === 0) console.error(`No such job: ${JOBS.map(([name]) => name).join(', ')}.`);
const rows = [];
for (const job of jobs) rows.push(await runJob(job));
printTable(rows);
process.exitCode = rows.length > 0 && rows.every(({ failed }) => failed === 0) ? 0 : 1;

/** Each time with new seeds, unless SEED is set. */
async function runJob([name, files, env, times = 1]) {
  const row = { name, runs: 0, passed: 0, failed: 0, skipped: 0, tookMs: 0, figures: [] };
  for (; row.runs < times; row.runs += 1) {
    const { code, output, tookMs } = await runCommand(
      'node_modules/.bin/vitest',
      ['run', ...files, '--reporter=default', '--no-color', '--testTimeout=3600000'],
      { quiet: true, env: { ...env, TIDEMARK_REQUIRE: 'strace' } },
    );
    const tests = /^ *Tests +(.*)$/m.exec(output)?.[1] ?? '';
    row.passed += countOf(tests, 'passed');
    row.failed += Math.max(countOf(tests, 'failed'), code === 0 ? 0 : 1);
    row.skipped += countOf(tests, 'skipped');
    row.tookMs += tookMs;
    row.figures = figuresIn(output);
    if (code !== 0) console.log(`== ${name} FAILED\n${output.trimEnd()}`);
  }
  console.log(`${name}: ${row.failed === 0 ? 'passed' : 'FAILED'} in ${seconds(row.tookMs)}`);
  return row;
}

function countOf(tests, what) {
  return Number(new RegExp(`(\\d+) ${what}`).exec(tests)?.[1] ?? 0);
}

/** What the tests themselves say in figures. */
function figuresIn(output) {
  return output.split('\n').filter((line) => /^[^|✓×]*\b(of \d+|\d+ disks)\b/.test(line));
}

function printTable(rows) {
  const line = (cells) => `| ${cells.map((cell) => String(cell).padEnd(9)).join(' | ')} |`;
  console.log(`\n${line(['job', 'runs', 'passed', 'failed', 'skipped', 'took'])}`);
  console.log(line(Array(6).fill('---')));
  for (const { name, runs, passed, failed, skipped, tookMs } of rows) {
    console.log(line([name, runs, passed, failed, skipped, seconds(tookMs)]));
  }
  for (const { name, figures } of rows) {
    for (const figure of figures) console.log(`${name}: ${figure.trim()}`);
  }
}
