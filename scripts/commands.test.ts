// What `make down`, `make logs` and `make install` do, each on a folder of its own.
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { appendFile, copyFile, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';

const run = promisify(execFile);
const SCRIPTS = fileURLToPath(new URL('.', import.meta.url));
/** Says that it runs, and ends well when it is told to. */
const OBEDIENT =
  "process.on('SIGTERM', () => process.exit(0)); setInterval(() => {}, 1e6); console.log('on');";

let folder = '';
const children: ChildProcess[] = [];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tidemark-scripts-'));
});

afterEach(async () => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
  await rm(folder, { recursive: true, force: true });
});

/** A process that runs the file, as soon as it says something. */
async function start(file: string): Promise<ChildProcess> {
  await mkdir(join(folder, file, '..'), { recursive: true });
  await writeFile(join(folder, file), OBEDIENT);
  const child = spawn(process.execPath, [join(folder, file)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  children.push(child);
  await once(child.stdout as NodeJS.ReadableStream, 'data');
  return child;
}

describe('down', () => {
  const down = () =>
    run(process.execPath, [join(SCRIPTS, 'down.mjs')], {
      env: { ...process.env, DATA_DIR: folder },
    });

  test('stops the platform whose process id is in the data folder, and waits for its end', async () => {
    const platform = await start('platform/dist/main.js');
    const ended = once(platform, 'exit');
    await writeFile(join(folder, 'platform.pid'), `${platform.pid}\n`);
    expect((await down()).stdout).toContain(`Stopped the platform on ${folder}`);
    expect(await ended).toEqual([0, null]);
  });

  test('finds it where there is no ps', async () => {
    const platform = await start('platform/dist/main.js');
    const ended = once(platform, 'exit');
    await writeFile(join(folder, 'platform.pid'), `${platform.pid}\n`);
    const env = { DATA_DIR: folder, PATH: folder };
    const { stdout } = await run(process.execPath, [join(SCRIPTS, 'down.mjs')], { env });
    expect(stdout).toContain(`Stopped the platform on ${folder}`);
    expect(await ended).toEqual([0, null]);
  });

  test('leaves a stranger alone who got the process id of a platform that crashed', async () => {
    const stranger = await start('stranger.js');
    await writeFile(join(folder, 'platform.pid'), `${stranger.pid}\n`);
    expect((await down()).stdout).toContain('Nothing to stop');
    expect([stranger.exitCode, stranger.signalCode]).toEqual([null, null]);
  });

  test('has nothing to do where no platform was started', async () => {
    expect((await down()).stdout).toContain('Nothing to stop');
  });
});

test('logs shows the lines of one service, those that come later too', async () => {
  const path = join(folder, 'logs/platform.log');
  const line = (service: string, message: string) =>
    `${JSON.stringify({ level: 'info', time: '2026-11-21T08:30:00.123Z', service, message, position: 41 })}\n`;
  await mkdir(join(folder, 'logs'));
  await writeFile(path, `half a line"}\n${line('audit', 'not this')}${line('flights', 'first')}`);
  const child = spawn(process.execPath, [join(SCRIPTS, 'logs.mjs')], {
    env: { ...process.env, DATA_DIR: folder, SERVICE: 'flights' },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  children.push(child);
  const shown: string[] = [];
  for await (const text of createInterface({ input: child.stdout })) {
    shown.push(text);
    if (shown.length === 1) await appendFile(path, line('audit', 'no') + line('flights', 'second'));
    if (shown.length === 2) break;
  }
  expect(shown).toEqual([
    '08:30:00.123 info flights: first {"position":41}',
    '08:30:00.123 info flights: second {"position":41}',
  ]);
});

describe('install', () => {
  const wanted = { version: '1.2.3' };
  const lock = (packages: object) => JSON.stringify({ packages });

  /** Whether it would leave the packages as they are. */
  async function isInstalled(packages: object, installed: object): Promise<boolean> {
    const script = new URL('./install.mjs', import.meta.url).href;
    const { isInstalled } = (await import(script)) as { isInstalled: (root: string) => boolean };
    await mkdir(join(folder, 'node_modules'), { recursive: true });
    await writeFile(join(folder, 'package-lock.json'), lock(packages));
    await writeFile(join(folder, 'node_modules/.package-lock.json'), lock(installed));
    return isInstalled(`${folder}/`);
  }

  test('leaves alone what is there in the wanted version', async () => {
    const packages = { '': {}, 'packages/core': {}, 'node_modules/a': wanted };
    expect(await isInstalled(packages, { 'node_modules/a': wanted })).toBe(true);
  });

  test('installs again when a package is missing, has another version, or was never linked', async () => {
    const packages = { 'node_modules/a': wanted };
    expect(await isInstalled(packages, {})).toBe(false);
    expect(await isInstalled(packages, { 'node_modules/a': { version: '1.2.4' } })).toBe(false);
    expect(await isInstalled({ 'node_modules/b': { link: true } }, {})).toBe(false);
  });

  test('does not wait for packages that this system has no use for', async () => {
    const packages = {
      'node_modules/a': wanted,
      'node_modules/win32': { ...wanted, optional: true },
    };
    expect(await isInstalled(packages, { 'node_modules/a': wanted })).toBe(true);
  });
});

describe('every script', () => {
  test('knows itself and its repository on a path with spaces and letters of any kind', async () => {
    const scripts = join(folder, 'two words, ä#%20', 'scripts');
    await mkdir(scripts, { recursive: true });
    await copyFile(join(SCRIPTS, 'run-command.mjs'), join(scripts, 'run-command.mjs'));
    const told = 'console.log(JSON.stringify([ROOT, isMain(import.meta.url)]));';
    const script = join(scripts, 'script.mjs');
    await writeFile(script, `import { isMain, ROOT } from './run-command.mjs';\n${told}`);
    const { stdout } = await run(process.execPath, [script]);
    expect(JSON.parse(stdout)).toEqual([join(scripts, '../'), true]);
  });
});
