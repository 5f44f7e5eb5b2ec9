// The command line against a platform that is served: as a process of its own where that matters, else in this one.
import { execFile, spawn } from 'node:child_process';
import { readdir, readFile, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { readCliConfig, run, type Terminal } from '@tidemark/cli';
import { openSqlite } from '@tidemark/store-sqlite';
import { createLogger } from '@tidemark/telemetry';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Platform, readPlatformConfig, startPlatform } from '../src/index.ts';
import { type Api, createApi } from './api.ts';
import { temporaryDataDir } from './child-platform.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const TIDEMARK = fileURLToPath(new URL('../../packages/cli/src/tidemark.mjs', import.meta.url));

describe('tidemark', () => {
  let data: Awaited<ReturnType<typeof temporaryDataDir>>;
  let platform: Platform;
  let api: Api;

  beforeAll(async () => {
    data = await temporaryDataDir();
    const config = readPlatformConfig({ DATA_DIR: data.path, PORT: '0' });
    platform = await startPlatform(config, createLogger({ level: 'silent' }));
    api = createApi(platform.url);
  });
  afterAll(async () => {
    await platform?.stop();
    await data?.remove();
  });

  const environment = (): Record<string, string> => {
    const { OPERATOR_TOKEN: _, ...rest } = process.env as Record<string, string>;
    return { ...rest, TIDEMARK_URL: platform.url, DATA_DIR: data.path };
  };
  /** A process of its own: what it printed, and with what it ended. */
  const spawnTidemark = (args: readonly string[], env: Record<string, string> = {}) =>
    new Promise<{ code: unknown; out: string; err: string }>((resolve) => {
      const options = { env: { ...environment(), ...env } };
      execFile(process.execPath, [TIDEMARK, ...args], options, (error, out, err) =>
        resolve({ code: error?.code ?? 0, out, err }),
      );
    });
  /** The same in this process. */
  const tidemark = async (
    args: readonly string[],
    parts: {
      readonly env?: Record<string, string>;
      readonly screen?: boolean;
      readonly answer?: string;
    } = {},
  ) => {
    const printed = { out: '', err: '' };
    const terminal: Terminal = {
      out: (text) => {
        printed.out += text;
      },
      err: (text) => {
        printed.err += text;
      },
      hasScreen: parts.screen === true,
      hasErrScreen: parts.screen === true,
      ask: async () => parts.answer,
      signal: new AbortController().signal,
    };
    const config = readCliConfig({ ...environment(), ...parts.env });
    return { code: await run(args, { config, terminal, root: '.' }), ...printed };
  };
  const json = async (...args: readonly string[]) => {
    const { code, out } = await tidemark([...args, '--json']);
    expect([args, code]).toEqual([args, 0]);
    return JSON.parse(out);
  };

  test('finds the token beside the data, which its owner alone can read', async () => {
    const file = `${data.path}.operator`;
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    const { items } = await json('services');
    expect(items.map(({ name }: { name: string }) => name)).toEqual([
      'flights',
      'passengers',
      'audit',
    ]);
    const token = (await readFile(file, 'utf8')).trim();
    const env = { OPERATOR_TOKEN: token, DATA_DIR: '/nowhere' };
    expect(await spawnTidemark(['services', '--json'], env)).toMatchObject({ code: 0, err: '' });
    expect((await spawnTidemark(['streams', '-s', 'nowhere'])).code).toBe(5);
  });

  test('nothing that the platform leaves in or beside its data shows up in git', async () => {
    const beside = (await readdir(dirname(data.path)))
      .filter((name) => name.startsWith(`${basename(data.path)}.`))
      .map((name) => name.replace(basename(data.path), 'data'));
    expect(beside).toEqual(expect.arrayContaining(['data.key', 'data.operator']));
    const left = ['data/', ...beside];
    const { stdout } = await promisify(execFile)('git', ['check-ignore', ...left], { cwd: ROOT });
    expect(stdout.trim().split('\n')).toEqual(left);
  });

  test('shows streams and events of a flight, as an aligned table and as JSON', async () => {
    const flightId = await api.newFlight('SK 42');
    const stream = `flight-${flightId}`;
    const { items } = await json('streams', '--service', 'flights');
    expect(items).toMatchObject([{ stream, category: 'flight', firstType: 'FlightScheduled' }]);
    const { out } = await tidemark(['events', '-s', 'flights', '--stream', stream]);
    const [titles = '', line = ''] = out.split('\n');
    expect(line.indexOf('FlightScheduled')).toBe(titles.indexOf('type'));
    expect(line).toContain('"flightNumber":"SK 42"');
    expect(out).not.toContain('\u001b');
  });

  test('keeps the name of a passenger sealed unless it is asked to open it', async () => {
    await api.checkIn(await api.newFlight(), 'Ada Lovelace');
    const events = ['events', '-s', 'passengers', '-t', 'PassengerCheckInRequested'];
    const { out } = await tidemark(events);
    expect(out).toContain('sealed:');
    expect(out).not.toContain('Ada');
    expect((await tidemark([...events, '--open'])).out).toContain('Ada Lovelace');
  });

  test('follows what is stored, a JSON object a line, until it is told to stop', async () => {
    const child = spawn(
      process.execPath,
      [TIDEMARK, 'tail', '-s', 'flights', '--json', '--after', '0'],
      {
        env: environment(),
        stdio: ['ignore', 'pipe', 'inherit'],
      },
    );
    const ended = new Promise((resolve) => child.once('exit', resolve));
    try {
      for await (const line of createInterface({ input: child.stdout })) {
        const { type, data: said } = JSON.parse(line);
        if (type === 'FlightScheduled' && said.flightNumber === 'LAST') break;
        if (said.flightNumber === 'SK 42') await api.newFlight('LAST');
      }
      child.kill('SIGINT');
      expect(await ended).toBe(0);
    } finally {
      child.kill('SIGKILL');
    }
  });

  test('has colours and a bar that moves on a screen, and neither elsewhere', async () => {
    const seen = await tidemark(['verify', '-s', 'flights'], { screen: true });
    expect(seen.out).toContain('\u001b[32mok');
    expect(seen.err).toContain('\r\u001b[Kverify flights  ');
    const piped = await tidemark(['verify', '-s', 'flights']);
    expect(piped.out + piped.err).not.toContain('\u001b');
    expect(piped.out + piped.err).not.toContain('\r');
  });

  test('lists the read models of all services', async () => {
    const { items } = await json('read-models');
    expect(items.map(({ service, name }: Record<string, string>) => `${service}/${name}`)).toEqual([
      'flights/flights',
      'passengers/passengers',
      'audit/entries',
      'audit/hours',
    ]);
  });

  test('verifies all logs, and ends with 1 when one is damaged', async () => {
    const sound = await tidemark(['verify']);
    expect([sound.code, sound.out.includes('DAMAGED')]).toEqual([0, false]);
    expect(sound.err).toBe('verify flights …\nverify passengers …\nverify audit …\n');
    const database = await openSqlite(join(data.path, 'audit.db'));
    database.exec("UPDATE events SET type = 'EventLost' WHERE pos = 1");
    const damaged = await tidemark(['verify', '-s', 'audit', '--json']);
    database.exec("UPDATE events SET type = 'EventLogged' WHERE pos = 1");
    database.close();
    expect(damaged.code).toBe(1);
    expect(damaged.err).toContain('Damaged: audit');
    expect(JSON.parse(damaged.out).items).toMatchObject([{ verdict: 'damaged' }]);
    expect((await tidemark(['verify', '-s', 'audit'])).code).toBe(0);
  });

  test('lists consumers, what is parked, timers and tasks', async () => {
    const consumers = await json('consumers', '-s', 'passengers');
    const names = consumers.items.map(({ name }: { name: string }) => name);
    expect(names).toContain('inbox/passengers');
    expect(await json('parked')).toEqual({ items: [] });
    expect(await json('timers', '-s', 'passengers')).toEqual({ items: [] });
    expect((await json('tasks')).items[0]).toMatchObject({ kind: 'verify', state: 'done' });
    const unknown = await tidemark(['parked', 'retry', 'passengers', 'inbox/nobody', 'key']);
    expect([unknown.code, unknown.err]).toEqual([5, 'No such consumer\n']);
  });

  test('feeds old messages to an inbox again', async () => {
    const replayed = await json('replay', '--to', 'passengers', '--from', '1', '--of', 'flights');
    expect(replayed).toMatchObject({ service: 'flights', from: '1', done: true });
    const nobody = await tidemark(['replay', '--to', 'nobody', '--from', '1']);
    expect([nobody.code, nobody.err]).toEqual([5, 'No inbox inbox/nobody.\n']);
  });

  test('exports what is kept about a person, and erases it only when that is confirmed', async () => {
    const passengerId = await api.checkIn(await api.newFlight(), 'Grace Hopper');
    const file = `${data.path}.export`;
    expect((await tidemark(['export', passengerId, '-o', file])).code).toBe(0);
    const exported = JSON.parse(await readFile(file, 'utf8'));
    expect(exported.subject).toBe(passengerId);
    expect(JSON.stringify(exported.records)).toContain('Grace Hopper');
    expect((await stat(file)).mode & 0o777).toBe(0o600);

    const unasked = await tidemark(['erase', passengerId]);
    expect([unasked.code, unasked.err]).toEqual([6, 'Nobody is there to ask: say --yes.\n']);
    expect((await tidemark(['erase', passengerId], { answer: 'yes' })).code).toBe(6);
    expect((await api.passenger(passengerId)).body.name).toBe('Grace Hopper');
    const erased = await tidemark(['erase', passengerId], { answer: passengerId });
    expect([erased.code, erased.out.split('.')[0]]).toEqual([0, `${passengerId}: erased`]);
    expect((await api.passenger(passengerId)).body.name).toEqual({ erased: true });
  });

  test.each([
    [2, ['streams'], {}, /--service/],
    [2, ['streams', '-s', 'flights', '-n', 'many'], {}, /whole number/],
    [2, ['stream'], {}, /unknown command 'stream'/],
    [2, ['events', '-s', 'flights', '--after', 'x'], {}, /after: a position/],
    [3, ['services'], { TIDEMARK_URL: 'http://127.0.0.1:1' }, /No platform answers/],
    [4, ['services'], { OPERATOR_TOKEN: 'somebody else' }, /OPERATOR_TOKEN/],
    [4, ['services'], { DATA_DIR: '/nowhere' }, /No token/],
    [5, ['streams', '-s', 'nowhere'], {}, /No such service/],
  ])('ends with %i after %j', async (...given) => {
    const [expected, args, env, message] = given;
    const { code, out, err } = await tidemark(args, { env: env as Record<string, string> });
    expect([code, out]).toEqual([expected, '']);
    expect(err).toMatch(message);
  });
});
