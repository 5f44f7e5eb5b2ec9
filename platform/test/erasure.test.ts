import { dirname } from 'node:path';
import type { ErasureReport } from '@tidemark/runtime';
import { startOwnPostgres } from '@tidemark/testing';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Platform } from '../src/index.ts';
import { createApi } from './api.ts';
import { temporaryDataDir } from './child-platform.ts';
import {
  backUp,
  type FoundKey,
  foundInFiles,
  keysOf,
  startHere,
  type Trace,
  tracesOfBytes,
  tracesOfText,
} from './erasure-world.ts';
import { foundInAnswers, OTHER_NAME, plantNames } from './plant-names.ts';

let data: Awaited<ReturnType<typeof temporaryDataDir>>;
beforeEach(async () => {
  data = await temporaryDataDir();
});
afterEach(() => data?.remove());

function tracesOf(keys: ReadonlyMap<string, FoundKey>, subjects: readonly string[]) {
  return subjects.flatMap((subject) => {
    const { opened, wrapped } = keys.get(subject) as FoundKey;
    const wrappedTraces = tracesOfBytes(`the wrapped key of ${subject}`, wrapped);
    return [...tracesOfBytes(`the key of ${subject}`, opened), ...wrappedTraces];
  });
}

/** Where a name is answered: it has to be known, or nothing that is not found says anything. */
async function nameOf(platform: Platform, id: string): Promise<unknown> {
  return (await createApi(platform.url).passenger(id)).body.name;
}

test('a person who is erased is in no file, log line or answer, also after a backup from before is put back', async () => {
  const dataDir = data.path;
  const first = await startHere(dataDir);
  const { people, renamed, other, known, names } = await plantNames(first);
  const planted = names.flatMap(tracesOfText);
  const inAnswers = (platform: Platform, traces: readonly Trace[]) =>
    foundInAnswers(platform, { dataDir, known, traces });
  expect((await inAnswers(first, planted)).length, 'the search finds').toBeGreaterThan(3);
  expect(await foundInFiles([dirname(dataDir)], planted), 'sealed from the first').toEqual([]);
  const keyTraces = tracesOf(await keysOf(dataDir), people);
  const wrappedIn = await foundInFiles([dataDir], keyTraces);
  expect(wrappedIn.length, 'in the file or its log').toBeGreaterThanOrEqual(people.length);
  expect(wrappedIn.filter((found) => !found.startsWith('the wrapped key'))).toEqual([]);

  const backup = await backUp(dataDir);
  const traces = [...planted, ...keyTraces];
  const reports: ErasureReport[] = [];
  for (const person of people) reports.push(await first.subjects.erase(person));
  expect(reports.map(({ outcome }) => outcome)).toEqual(people.map(() => 'erased'));
  expectReport(reports[people.indexOf(renamed)]);
  expect(await foundInFiles([dataDir], traces), 'while it runs').toEqual([]);
  expect(await inAnswers(first, traces)).toEqual([]);
  await first.stop();
  expect(await foundInFiles([dataDir], traces)).toEqual([]);

  await backup.putBackLogs();
  const second = await startHere(dataDir);
  expect(await inAnswers(second, traces)).toEqual([]);
  expect(await nameOf(second, other)).toBe(OTHER_NAME);
  await second.stop();
  expect(await foundInFiles([dataDir], traces)).toEqual([]);

  await backup.putBackKeys();
  const inOldCopy = await foundInFiles([dataDir], traces);
  expect(inOldCopy.length, 'an old copy of the keys').toBe(people.length);
  const third = await startHere(dataDir);
  expect(await foundInFiles([dataDir], traces)).toEqual([]);
  expect(await inAnswers(third, traces)).toEqual([]);
  expect(await nameOf(third, other)).toBe(OTHER_NAME);
  expect((await third.subjects.erase(renamed)).outcome).toBe('erased-before');
  await third.stop();
  expect(await foundInFiles([dataDir], traces)).toEqual([]);
});

test('on PostgreSQL no name is in any file of the server, and none is answered once its person is erased', async () => {
  const server = await startOwnPostgres();
  const dataDir = data.path;
  const { url } = server;
  const platform = await startHere(dataDir, { STORE_URL: url, READ_URL: url, KEYS_URL: url });
  try {
    const { people, renamed, other, known, names } = await plantNames(platform);
    const traces = names.flatMap(tracesOfText);
    expect((await foundInAnswers(platform, { dataDir, known, traces })).length).toBeGreaterThan(3);
    const reports: ErasureReport[] = [];
    for (const person of people) reports.push(await platform.subjects.erase(person));
    expect(reports.map(({ outcome }) => outcome)).toEqual(people.map(() => 'erased'));
    expectReport(reports[people.indexOf(renamed)]);
    expect(await foundInAnswers(platform, { dataDir, known, traces })).toEqual([]);
    expect(await nameOf(platform, other)).toBe(OTHER_NAME);
    const seen = await foundInFiles([server.folder], tracesOfText(other));
    expect(seen.length, 'the search finds ids').toBeGreaterThan(0);
    expect(await foundInFiles([server.folder, dataDir], traces)).toEqual([]);
  } finally {
    await platform.stop();
    await server.stop();
  }
});

/** Checked in and renamed: at once, and later. */
function expectReport(report: ErasureReport | undefined): void {
  const services = new Map(report?.services.map((one) => [one.service, one]));
  expect(services.get('passengers')).toMatchObject({
    events: 3,
    fields: [
      { type: 'PassengerCheckInRequested', field: 'name', events: 1 },
      { type: 'PassengerRenamed', field: 'name', events: 2 },
    ],
    streams: 1,
    rows: [{ readModel: 'passengers', rows: 1 }],
    unsearched: [],
    timers: 0,
    parked: 0,
  });
  expect(services.get('audit')).toMatchObject({
    events: 3,
    fields: [{ type: 'EventLogged', field: 'data.name', events: 3 }],
    rows: [{ readModel: 'entries', rows: 3 }],
  });
  expect(services.get('flights')).toMatchObject({ events: 0, fields: [], streams: 0 });
}
