// Runs the benchmarks one after the other and keeps what they print in bench/RESULTS.md.
// BENCH=sqlite runs one and keeps nothing; those in bench/long run only when named.
import { spawn } from 'node:child_process';
import { existsSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT, runCommand, seconds } from './run-command.mjs';

const FOLDER = 'bench';
const PEERS = `${FOLDER}/peers`;

const only = process.env.BENCH || undefined;
const programs = [...programsIn(FOLDER), ...programsIn(`${FOLDER}/long`)].filter(
  ({ name, folder }) => (only === undefined ? folder === FOLDER : name === only),
);
if (programs.length === 0) console.error('No such benchmark.');

let failed = programs.length === 0;
if (!failed) await installPeers();
const sections = [];
for (const { name, folder } of programs) {
  console.log(`== ${name}`);
  const startedAt = performance.now();
  const { code, output } = await printOf(`${folder}/${name}.ts`);
  const took = seconds(performance.now() - startedAt);
  console.log(`${output.trimEnd()}\n== ${name}: ${code === 0 ? 'done' : 'FAILED'} in ${took}`);
  if (code !== 0) failed = true;
  sections.push(`## ${name}\n\n${asMarkdown(output.trimEnd())}\n`);
}
if (!failed && only === undefined) {
  const head = '# Benchmarks\n\nMade by `make bench`; `bench/README.md` says what each row does.\n';
  writeFileSync(join(ROOT, FOLDER, 'RESULTS.md'), `${head}\n${sections.join('\n')}`);
  console.log(`Kept in ${FOLDER}/RESULTS.md.`);
}
process.exitCode = failed ? 1 : 0;

function programsIn(folder) {
  return readdirSync(join(ROOT, folder))
    .filter((file) => file.endsWith('.ts') && !file.endsWith('.test.ts'))
    .map((file) => ({ name: file.slice(0, -'.ts'.length), folder }));
}

/** Keeps what a program prints; what it says on its way is shown at once. */
function printOf(program) {
  return new Promise((resolve) => {
    const child = spawn('node_modules/.bin/tsx', [program], {
      cwd: ROOT,
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let output = '';
    child.stdout.on('data', (chunk) => {
      output += chunk;
    });
    child.on('error', (error) => resolve({ code: 1, output: error.message }));
    child.on('close', (code) => resolve({ code: code ?? 1, output }));
  });
}

function asMarkdown(output) {
  return /^\|/m.test(output) ? output : `\`\`\`text\n${output}\n\`\`\``;
}

/** Outside the workspaces, so that a clone installs only what it runs. */
async function installPeers() {
  if (process.env.PEERS === 'no' || existsSync(join(ROOT, PEERS, 'node_modules'))) return;
  console.log('Installing what is measured beside (once; PEERS=no leaves it out).');
  const inPeers = ['--prefix', PEERS, '--no-workspaces'];
  const installed = await runCommand('npm', ['ci', '--ignore-scripts', ...inPeers], {
    quiet: true,
  });
  if (installed.code !== 0) {
    console.log(`Peers are skipped, and the HTTP row with them: ${lastLine(installed.output)}`);
    return;
  }
  // The one peer that has to be compiled, or fetched compiled.
  const built = await runCommand('npm', ['rebuild', 'sqlite3', ...inPeers], { quiet: true });
  if (built.code !== 0) console.log(`Emmett on SQLite is skipped: ${lastLine(built.output)}`);
}

function lastLine(output) {
  return output.trim().split('\n').at(-1);
}
