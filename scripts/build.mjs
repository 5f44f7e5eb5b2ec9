// Bundles the platform and builds the console, each only when its sources changed.
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { isMain, ROOT, runCommand, seconds } from './run-command.mjs';

const OUTSIDE = new Set(['node_modules', 'dist', 'data', 'coverage']);
const EVERYWHERE = ['package-lock.json', 'tsconfig.base.json', 'scripts/build.mjs'];

/** What is built: `sources` are files and folders, `output` shows that it was. */
const PARTS = [
  {
    name: 'platform',
    sources: [...EVERYWHERE, 'packages', 'contracts', 'services', 'gateway', 'platform'],
    output: 'platform/dist/main.js',
    build: bundlePlatform,
  },
  {
    name: 'console',
    sources: [...EVERYWHERE, 'console', 'contracts', 'packages/http'],
    output: 'console/dist/index.html',
    build: buildConsole,
  },
];

/** Brings what is built up to date, all parts unless some are named; ends the process when a build fails. */
export async function ensureBuilt(names = []) {
  mkdirSync(join(ROOT, '.stamps'), { recursive: true });
  for (const part of PARTS) {
    if (names.length > 0 && !names.includes(part.name)) continue;
    const stamp = join(ROOT, '.stamps', part.name);
    const print = fingerprint(part.sources);
    if (existsSync(join(ROOT, part.output)) && readStamp(stamp) === print) continue;
    const startedAt = performance.now();
    await part.build();
    writeFileSync(stamp, print);
    console.log(`Built the ${part.name} in ${seconds(performance.now() - startedAt)}.`);
  }
}

/** Names, sizes and times of all sources: changes also when a file goes away. */
function fingerprint(sources) {
  const hash = createHash('sha256');
  for (const source of sources) {
    for (const file of filesOf(source)) {
      const { size, mtimeMs } = statSync(join(ROOT, file));
      hash.update(`${file} ${size} ${mtimeMs}\n`);
    }
  }
  return hash.digest('hex');
}

function filesOf(path) {
  const stat = statSync(join(ROOT, path), { throwIfNoEntry: false });
  if (stat === undefined) return [];
  if (!stat.isDirectory()) return [path];
  return readdirSync(join(ROOT, path))
    .filter((name) => !OUTSIDE.has(name) && !/\.test\.tsx?$/.test(name))
    .sort()
    .flatMap((name) => filesOf(`${path}/${name}`));
}

function readStamp(path) {
  return existsSync(path) ? readFileSync(path, 'utf8') : undefined;
}

/** One file; npm packages stay outside it, found in `node_modules` when it runs. */
async function bundlePlatform() {
  const { build } = await import('esbuild');
  try {
    await build({
      absWorkingDir: ROOT,
      entryPoints: ['platform/src/main.ts'],
      outfile: 'platform/dist/main.js',
      bundle: true,
      format: 'esm',
      platform: 'node',
      target: 'node20',
      sourcemap: true,
      logLevel: 'error',
      plugins: [{ name: 'npm-packages-stay-outside', setup: keepPackagesOutside }],
    });
  } catch {
    console.error('The platform could not be bundled.');
    process.exit(1);
  }
}

function keepPackagesOutside(build) {
  build.onResolve({ filter: /^[^./]/ }, ({ path }) =>
    path.startsWith('@tidemark/') ? undefined : { path, external: true },
  );
}

async function buildConsole() {
  const { code, output } = await runCommand(
    'npm',
    ['run', '--silent', 'build', '-w', '@tidemark/console'],
    { quiet: true },
  );
  if (code === 0) return;
  console.error(output);
  console.error('The console could not be built.');
  process.exit(1);
}

if (isMain(import.meta.url)) await ensureBuilt(process.argv.slice(2));
