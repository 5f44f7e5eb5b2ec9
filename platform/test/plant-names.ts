import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { expect } from 'vitest';
import type { Platform } from '../src/index.ts';
import { type Api, createApi } from './api.ts';
import { foundIn, type Trace } from './erasure-world.ts';
import { everyAnswer, type Known } from './every-answer.ts';

/** What was planted in a platform. */
export interface Planted {
  /** Every name that was sent. */
  readonly names: readonly string[];
  /** Passengers, also those who were refused. */
  readonly people: readonly string[];
  /** The passenger who was checked in and renamed. */
  readonly renamed: string;
  /** Somebody else, whose name stays. */
  readonly other: string;
  readonly known: Pick<Known, 'ids' | 'commandIds'>;
}

/** The name of the other one. */
export const OTHER_NAME = 'Grace Hopper';

/** Sends names that nobody else has in every way in which HTTP takes one, and lets everybody follow. */
export async function plantNames(platform: Platform): Promise<Planted> {
  const names: string[] = [];
  const canary = (): string => {
    const name = `Zebedee-${randomBytes(9).toString('hex')}`;
    names.push(name);
    return name;
  };
  const api = createApi(platform.url);
  const flightId = await api.newFlight('ZZ 1');
  const renamed = await sendNow(api, flightId, canary);
  const commandIds = await sendForLater(api, { flightId, id: renamed }, canary);
  await sendMalformed(platform.url, canary);
  expect((await api.board(renamed)).status).toBe(204);
  const people = await passengersIn(platform);
  expect(people.length).toBe(4);
  const other = await api.checkIn(flightId, OTHER_NAME);
  await allFollowed(api, platform);
  const known = { ids: [...people, other, flightId], commandIds };
  return { names, people, renamed, other, known };
}

async function sendNow(api: Api, flightId: string, canary: () => string): Promise<string> {
  const id = await api.checkIn(flightId, canary());
  const rename = (name: string, headers = {}) =>
    api.call('PATCH', `/passengers/${id}`, { body: { name }, headers });
  expect((await rename(canary())).status).toBe(204);
  expect((await rename(canary(), { 'If-Match': '"0"' })).status).toBe(412);
  expect((await rename('')).status).toBe(400);
  const refused = await api.call('POST', '/passengers', {
    body: { flightId: 'nowhere', name: canary() },
  });
  expect(refused.status).toBe(422);
  const tooMuch = { flightId, name: canary(), nickname: canary() };
  expect((await api.call('POST', '/passengers', { body: tooMuch })).status).toBe(400);
  const headers = { 'Idempotency-Key': 'once' };
  const once = (name: string) =>
    api.call<{ id: string }>('POST', '/passengers', { body: { flightId, name }, headers });
  expect((await once(canary())).status).toBe(201);
  expect((await once(canary())).status).toBe(422);
  return id;
}

async function sendForLater(
  api: Api,
  { flightId, id }: { readonly flightId: string; readonly id: string },
  canary: () => string,
): Promise<readonly string[]> {
  const later = { Prefer: 'respond-async' };
  const deferredRename = await api.call('PATCH', `/passengers/${id}`, {
    body: { name: canary() },
    headers: later,
  });
  const deferredCheckIn = await api.call('POST', '/passengers', {
    body: { flightId, name: canary() },
    headers: later,
  });
  const ofFlight = await api.call('PATCH', `/flights/${flightId}`, {
    body: { origin: 'Bergen' },
    headers: later,
  });
  const commandIds = [deferredRename, deferredCheckIn, ofFlight].map(
    ({ status, headers: answered }) => {
      expect(status).toBe(202);
      return answered.get('Command-Id') ?? '';
    },
  );
  for (const commandId of commandIds) {
    await api.untilEvent({ stream: `deferred-${commandId}`, type: 'CommandSettled' });
  }
  return commandIds;
}

async function sendMalformed(url: string, canary: () => string): Promise<void> {
  const answer = await fetch(`${url}/api/passengers`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: `{"flightId": "f", "name": "${canary()}`,
  });
  expect(answer.status).toBe(400);
}

/** Every passenger that was ever asked for, also the refused ones. */
async function passengersIn({ infrastructure }: Platform): Promise<readonly string[]> {
  const store = infrastructure.get('passengers')?.store;
  const page = await store?.readLog({
    ...{ after: 0n, limit: 1_000 },
    query: [{ types: ['PassengerCheckInRequested'] }],
  });
  return page?.events.map(({ data: { passengerId } }) => String(passengerId)) ?? [];
}

/** Waits until audit, and every list, has come as far as the logs of the others. */
async function allFollowed(api: Api, platform: Platform): Promise<bigint> {
  const headOf = (name: string) => platform.infrastructure.get(name)?.store.head() ?? 0n;
  const tokens = [`flights@${await headOf('flights')}`, `passengers@${await headOf('passengers')}`];
  const headers = { 'Consistency-Token': tokens.join(', ') };
  for (const path of ['/audit', '/passengers', '/flights']) {
    expect((await api.call('GET', path, { headers })).status).toBe(200);
  }
  return headOf('audit');
}

/** What is found of the traces in the answers of a platform that has just started or has long been running. */
export async function foundInAnswers(
  platform: Platform,
  parts: {
    readonly dataDir: string;
    readonly known: Planted['known'];
    readonly traces: readonly Trace[];
  },
): Promise<readonly string[]> {
  const auditHead = await allFollowed(createApi(platform.url), platform);
  const moments = ['1', String(auditHead), new Date().toISOString()];
  const answers = [
    ...(await everyAnswer(platform.url, { ...parts.known, auditHead, moments })),
    ...(await openedForOperators(platform, parts.dataDir)),
  ];
  return answers.flatMap(({ asked, text }) => foundIn(asked, Buffer.from(text), parts.traces));
}

/** The logs as operators see them who ask for personal values. */
async function openedForOperators({ url, infrastructure }: Platform, dataDir: string) {
  const token = (await readFile(`${dataDir}.operator`, 'utf8')).trim();
  const answers = [];
  for (const service of infrastructure.keys()) {
    const asked = `/operations/services/${service}/events?open=true&limit=200`;
    const headers = { Authorization: `Bearer ${token}` };
    const response = await fetch(`${url}${asked}`, { headers });
    expect(response.status).toBe(200);
    answers.push({ asked, text: await response.text() });
  }
  return answers;
}
