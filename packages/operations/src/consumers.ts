import type { ReplayProgress } from '@tidemark/core';
import { type Answer, notFound } from '@tidemark/http';
import type { ConsumerCheckpoint, OperableConsumer, ParkedMessage } from '@tidemark/runtime';
import { consumerOf, serviceOf } from './answers.ts';
import type { OperationsParts } from './parts.ts';
import { answerSoon, type WorkParts } from './work.ts';

/** Counting more would cost more than the figure is worth. */
const MOST_PARKED = 1_000;

interface Place {
  readonly service: string;
  readonly consumer: string;
}

/** All inboxes and processes of a service. */
export async function listConsumers(
  parts: OperationsParts,
  at: { readonly service: string },
): Promise<Answer> {
  const { consumers } = serviceOf(parts, at.service);
  const items = await Promise.all(consumers.map((one) => describe(parts, at.service, one)));
  return { status: 200, body: { items } };
}

async function describe(
  parts: OperationsParts,
  owner: string,
  consumer: OperableConsumer,
): Promise<object> {
  const checkpoints = await consumer.checkpoints();
  const parked = await consumer.parked.list(MOST_PARKED);
  return {
    name: consumer.name,
    checkpoints: await Promise.all(checkpoints.map((one) => withLag(parts, owner, one))),
    parked: parked.length,
    canReplay: consumer.replays !== undefined,
    replays: consumer.replays?.progress().map(replayBody) ?? [],
  };
}

/** A service that runs elsewhere does not tell its head. */
async function withLag(
  { services }: OperationsParts,
  owner: string,
  { service = owner, position }: ConsumerCheckpoint,
): Promise<object> {
  const head = await services.get(service)?.store.head();
  const lag = head === undefined ? {} : { lag: Math.max(0, Number(head - position)) };
  return { service, position: String(position), ...lag };
}

/** Messages that were set aside, in key order. */
export async function listParkedMessages(
  parts: OperationsParts,
  at: Place,
  { limit, after }: { readonly limit: number; readonly after?: string | undefined },
): Promise<Answer> {
  const found = await consumerOf(parts, at).parked.list(limit, after);
  const last = found.length === limit ? found.at(-1) : undefined;
  const next = last === undefined ? {} : { next: last.key };
  return { status: 200, body: { items: found.map(parkedBody), ...next } };
}

/** All of one of them. */
export async function inspectParkedMessage(
  parts: OperationsParts,
  at: Place,
  key: string,
): Promise<Answer> {
  const found = await consumerOf(parts, at).parked.inspect(key);
  return found === undefined
    ? notFound('parked message')
    : { status: 200, body: parkedBody(found) };
}

/** Hands a key over again, with or without the message that failed. */
export async function settleParkedMessage(
  parts: WorkParts,
  at: Place,
  asked: { readonly key: string; readonly skip?: string },
): Promise<Answer> {
  const { parked } = consumerOf(parts, at);
  const { key, skip } = asked;
  const kind = `${skip === undefined ? 'retry' : 'skip'} of a parked message`;
  const subject = `${at.service}/${at.consumer}: ${key}`;
  return answerSoon(parts, { kind, subject }, async () => {
    const still = skip === undefined ? await parked.retry(key) : await parked.skip(key, skip);
    return still === undefined ? {} : { parked: parkedBody(still) };
  });
}

/** Feeds old messages of a service to one consumer again. */
export async function replayMessages(
  parts: OperationsParts,
  at: Place,
  asked: {
    readonly from: string;
    readonly position?: string | undefined;
    readonly time?: string | undefined;
  },
): Promise<Answer> {
  const { replays } = consumerOf(parts, at);
  if (replays === undefined) return notFound('replay: a process reads the log of its own service');
  const { from: service, position, time } = asked;
  const from = time === undefined ? { position: BigInt(position ?? 0) } : { time };
  const begun = await replays.begin({ service, from });
  parts.log.info('an operator began a replay', {
    ...at,
    from: service,
    position: String(begun.from),
  });
  return { status: 202, body: replayBody(begun) };
}

function parkedBody<Message extends ParkedMessage>({ position, ...message }: Message): object {
  return { ...message, ...(position === undefined ? {} : { position: String(position) }) };
}

function replayBody({ from, upTo, position, ...progress }: ReplayProgress): object {
  return { ...progress, from: String(from), upTo: String(upTo), position: String(position) };
}
