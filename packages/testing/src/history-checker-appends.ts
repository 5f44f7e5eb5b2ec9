import { isDeepStrictEqual } from 'node:util';
import { type AppendRequest, type Condition, matches, type Receipt } from '@tidemark/core';
import type { AppendCall } from './history-checker-calls.ts';
import { countUpTo, type FinalLog } from './history-checker-log.ts';

/** Calls that asked for the same events, and where these are in the log. */
export interface Attempt {
  readonly calls: readonly AppendCall[];
  /** The call that was accepted; one that may have been where no answer says so. */
  readonly accepted: AppendCall | undefined;
  /** Of the first and last event; `undefined` when nothing is in the log. */
  readonly place: { readonly first: bigint; readonly last: bigint } | undefined;
}

/** Calls by the events that they asked for. */
export function groupAttempts(calls: readonly AppendCall[], log: FinalLog): readonly Attempt[] {
  const groups = new Map<string, AppendCall[]>();
  for (const call of calls) {
    const ids = call.request.events.map(({ id }) => id).join('\n');
    groups.set(ids, [...(groups.get(ids) ?? []), call]);
  }
  return [...groups.values()].map((group) => {
    const accepted = group.find(({ outcome }) => kindOf(outcome) === 'appended');
    const unknown = group.find(({ outcome }) => outcome === 'unknown');
    return { calls: group, accepted: accepted ?? unknown, place: placeOf(group, log) };
  });
}

/** Each accepted append is in the log once, whole and as answered; what was refused is not. */
export function checkAttempts(attempts: readonly Attempt[], log: FinalLog): readonly string[] {
  const asked = new Set<string>();
  const faults = attempts.flatMap((attempt) => {
    for (const { id } of (attempt.calls[0] as AppendCall).request.events) asked.add(id);
    return [...checkPresence(attempt, log), ...checkConditions(attempt, log)];
  });
  const strangers = log.events.filter(({ id }) => !asked.has(id));
  return [
    ...faults,
    ...checkCommands(attempts),
    ...strangers.map(({ id }) => `nobody appended ${id}, and it is in the log`),
  ];
}

/** No two appends are in the log under one command id. */
function checkCommands(attempts: readonly Attempt[]): readonly string[] {
  const carriedOut = new Set<string>();
  return attempts.flatMap(({ accepted, place }) => {
    const id = accepted?.request.commandId;
    if (id === undefined || place === undefined) return [];
    if (carriedOut.has(id)) return [`the command ${id} was carried out twice`];
    carriedOut.add(id);
    return [];
  });
}

function checkPresence({ calls, place }: Attempt, log: FinalLog): readonly string[] {
  const name = nameOf(calls);
  const kinds = calls.map(({ outcome }) => kindOf(outcome));
  const answered = kinds.filter((kind) => kind === 'appended').length;
  const mayBeThere = kinds.includes('unknown');
  const mustBeThere = answered > 0 || kinds.includes('duplicate');
  if (answered > 1) return [`${name} was accepted ${answered} times`];
  if (place === undefined) {
    const found = (calls[0] as AppendCall).request.events.some(({ id }) => log.byId.has(id));
    if (found) return [`${name} is in the log in part`];
    return mustBeThere ? [`${name} was acknowledged and is not in the log`] : [];
  }
  if (answered === 0 && !mayBeThere) return [`${name} was refused and is in the log`];
  return [...checkContents(calls, log), ...checkReceipts(calls, log)];
}

/** Contiguous, in the order of the request, and with what was given. */
function checkContents(calls: readonly AppendCall[], log: FinalLog): readonly string[] {
  const { events } = (calls[0] as AppendCall).request;
  const first = log.byId.get(events[0]?.id ?? '')?.position ?? 0n;
  return events.flatMap(({ tags = [], ...event }, place) => {
    const stored = log.byId.get(event.id);
    if (stored === undefined) return [];
    const { position, revision: _, recordedAt: __, tags: storedTags = [], ...rest } = stored;
    if (position !== first + BigInt(place)) return [`${nameOf(calls)} is torn apart in the log`];
    const same = isDeepStrictEqual({ ...rest, tags: [...storedTags] }, { ...event, tags });
    return same ? [] : [`${event.id} is not in the log as it was given`];
  });
}

function checkReceipts(calls: readonly AppendCall[], log: FinalLog): readonly string[] {
  return calls.flatMap(({ outcome, request }) => {
    const receipt = receiptOf(outcome);
    if (receipt === undefined) return [];
    const revisions: Record<string, number> = {};
    for (const { id } of request.events) {
      const stored = log.byId.get(id);
      if (stored !== undefined) revisions[stored.stream] = stored.revision;
    }
    const position = log.byId.get(request.events.at(-1)?.id ?? '')?.position;
    const right =
      receipt.position === position && isDeepStrictEqual({ ...receipt.revisions }, revisions);
    return right ? [] : [`${nameOf(calls)} was answered another place than it has in the log`];
  });
}

/** Of an outcome that is not known, it is enough that the conditions of one of the calls were true. */
function checkConditions({ calls, accepted, place }: Attempt, log: FinalLog): readonly string[] {
  if (place === undefined || accepted === undefined) return [];
  const sure = accepted.outcome !== 'unknown';
  const candidates = sure ? [accepted] : calls.filter(({ outcome }) => outcome === 'unknown');
  const before = place.first - 1n;
  const fits = ({ conditions }: AppendRequest) =>
    conditions.every((condition) => holdsAt(log, condition, before));
  if (candidates.some(({ request }) => fits(request))) return [];
  return [`${nameOf(calls)} was accepted at ${place.first}, where its conditions did not hold`];
}

/** Whether a condition is true of the log up to and with that position. */
function holdsAt(log: FinalLog, condition: Condition, position: bigint): boolean {
  if ('stream' in condition) {
    const count = countUpTo(log, condition.stream, position);
    if (condition.revision === 'none') return count === 0;
    return condition.revision === 'some' ? count > 0 : condition.revision === count - 1;
  }
  return !log.events
    .slice(Number(condition.after), Number(position))
    .some((event) => matches(condition.nothingMatches, event));
}

function placeOf(calls: readonly AppendCall[], log: FinalLog): Attempt['place'] {
  const { events } = (calls[0] as AppendCall).request;
  const found = events.map(({ id }) => log.byId.get(id)?.position);
  const [first, last] = [found[0], found.at(-1)];
  if (first === undefined || last === undefined || found.includes(undefined)) return undefined;
  return { first, last };
}

/** What stands for an attempt in a sentence. */
export function nameOf(calls: readonly AppendCall[]): string {
  return `the append of ${(calls[0] as AppendCall).request.events[0]?.id}`;
}

function kindOf(outcome: AppendCall['outcome']): string {
  return typeof outcome === 'string' ? outcome : outcome.kind;
}

function receiptOf(outcome: AppendCall['outcome']): Receipt | undefined {
  if (typeof outcome === 'string' || outcome.kind === 'conflict') return undefined;
  return outcome.kind === 'duplicate' ? outcome.first : outcome;
}
