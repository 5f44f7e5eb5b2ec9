// Runs the benchmarks one after the other and keeps what they print in bench/RESULTS.md.
// BENCH=sqlite-append runs one and keeps nothing.
import { readdirSync, writeFileSync } from 'node:fs';
import { cpus, release, totalmem, type } from 'node:os';
import { join } from 'node:path';
import { ROOT, runCommand, seconds } from './run-command.mjs';

const FOLDER = 'bench';
const GIB = 1_024 ** 3;

const only = process.env.BENCH || undefined;
const names = readdirSync(join(ROOT, FOLDER))
  .filter((file) => file.endsWith('.ts') && !file.endsWith('.test.ts'))
  .map((file) => file.slice(0, -'.ts'.length))
  .filter((name) => only === undefined || name === only);
if (names.length === 0) console.error('No such benchmark.');

let failed = names.length === 0;
const sections = [];
for (const name of names) {
  console.log(`== ${name}`);
  const { code, output, tookMs } = await runCommand(
    'node_modules/.bin/tsx',
    [`${FOLDER}/${name}.ts`],
    { quiet: true },
  );
  console.log(
    `${output.trimEnd()}\n== ${name}: ${code === 0 ? 'done' : 'FAILED'} in ${seconds(tookMs)}`,
  );
  if (code !== 0) failed = true;
  sections.push(`## ${name}\n\n\`\`\`text\n${output.trimEnd()}\n\`\`\`\n`);
}
if (!failed && only === undefined) {
  writeFileSync(join(ROOT, FOLDER, 'RESULTS.md'), `${head()}\n${sections.join('\n')}`);
  console.log(`Kept in ${FOLDER}/RESULTS.md.`);
}
process.exitCode = failed ? 1 : 0;

function head() {
  const [cpu] = cpus();
  const machine = `${cpus().length} x ${cpu?.model ?? 'unknown'}, ${Math.round(totalmem() / GIB)} GiB`;
  return `# Benchmarks

Only ratios count: absolute figures of a shared machine move by half. Made by \`make bench\` on ${new Date().toISOString().slice(0, 10)}:
${machine}, ${type()} ${release()}, Node ${process.version}.
`;
}
