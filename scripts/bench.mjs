// Runs benchmarks one after the other and keeps what they print in bench/RESULTS.md, each in its section: those named by
// arguments, or all of bench/. BENCH=sqlite runs one and keeps nothing. Those in bench/long run only when named.
import { spawn } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT, runCommand, seconds } from './run-command.mjs';

const FOLDER = 'bench';
const PEERS = `${FOLDER}/peers`;
const RESULTS = join(ROOT, FOLDER, 'RESULTS.md');
const HEAD = '# Benchmarks\n\nMade by `make bench`; `bench/README.md` says what each row does.\n';

const tried = process.env.BENCH || undefined;
const named = tried === undefined ? process.argv.slice(2) : [tried];
const programs = [...programsIn(FOLDER), ...programsIn(`${FOLDER}/long`)].filter(
  ({ name, folder }) => (named.length === 0 ? folder === FOLDER : named.includes(name)),
);
if (programs.length === 0) console.error('No such benchmark.');

let failed = programs.length === 0;
if (!failed) await installPeers();
for (const { name, folder } of programs) {
  console.log(`== ${name}`);
  const startedAt = performance.now();
  const { code, output } = await printOf(`${folder}/${name}.ts`);
  const took = seconds(performance.now() - startedAt);
  console.log(`${output.trimEnd()}\n== ${name}: ${code === 0 ? 'done' : 'FAILED'} in ${took}`);
  if (code !== 0) failed = true;
  else if (tried === undefined) keep(name, asMarkdown(output.trimEnd()));
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

/** Puts a section in the place of the one of that name, or behind the others. */
function keep(name, text) {
  const before = existsSync(RESULTS) ? readFileSync(RESULTS, 'utf8') : HEAD;
  const [head, ...sections] = before.split(/^(?=## [a-z-]+$)/m);
  const section = `## ${name}\n\n${text}\n`;
  const place = sections.findIndex((one) => one.startsWith(`## ${name}\n`));
  if (place === -1) sections.push(section);
  else sections[place] = section;
  writeFileSync(RESULTS, [head, ...sections].map((part) => part.trimEnd()).join('\n\n') + '\n');
  console.log(`Kept in ${FOLDER}/RESULTS.md.`);
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
