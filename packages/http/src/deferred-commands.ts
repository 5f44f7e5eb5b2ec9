import type {
  Checkpoints,
  Clock,
  EventStore,
  Keys,
  Logger,
  Recorded,
  Runnable,
} from '@tidemark/core';
import { type CommandHandler, createCommandHandler, createLaneReader } from '@tidemark/runtime';
import type { Answer } from './answer.ts';
import { commandAnswer } from './answers.ts';
import {
  DEFERRED,
  type DeferredCommand,
  type DeferredState,
  deferredAggregate,
} from './deferred-command.ts';
import type { HttpContext } from './http-context.ts';
import { notFound } from './problems.ts';
import type { DeferredAnswer, DeferredRequest } from './stored.ts';

/** How long the outcome of a deferred command can be asked for. */
const KEPT_MS = 24 * 60 * 60 * 1_000;
const FIRST_WAIT_MS = 100;
const LONGEST_WAIT_MS = 30_000;
/** The outcome is not known or not possible just now: the command is tried again. Every other answer is its outcome. */
const UNAVAILABLE = 503;

/** Carries a deferred request out, as if it came now under its command id. Answers what the client would have got. */
export type CarryOut = (request: DeferredRequest, signal: AbortSignal) => Promise<Answer>;

/** Commands of clients that do not wait (`Prefer: respond-async`): stored before the 202, carried out at least once under one command id. */
export interface DeferredCommands {
  /** Stores a request; answers 202 with the status URL, the same when it is repeated. */
  readonly defer: (
    request: Omit<DeferredRequest, 'subject' | 'commandId'>,
    context: HttpContext,
  ) => Promise<Answer>;
  /** What has come of a deferred command: `queued`, or `settled` with the answer; 404 after 24 hours. */
  readonly status: (commandId: string) => Promise<Answer>;
  /** Carries them out. Given by the service's surface, which knows the handlers. */
  readonly runnable: (carryOut: CarryOut) => Runnable;
}

/**
 * Keeps deferred commands in the service's own log.
 *
 * @example
 * const deferred = createDeferredCommands({ service: 'flights', path: '/api/flights/commands', store, keys, checkpoints, clock, log });
 */
export function createDeferredCommands(parts: {
  readonly service: string;
  /** Where the status of a command is asked for, without its id. */
  readonly path: string;
  readonly store: EventStore;
  readonly keys: Keys;
  readonly checkpoints: Checkpoints;
  readonly clock: Clock;
  readonly log: Logger;
}): DeferredCommands {
  const { service, path, store, keys, clock } = parts;
  const commands = createCommandHandler({ store, keys, aggregate: deferredAggregate });

  return {
    defer: async (request, context) => {
      const { commandId, fingerprint } = context.command;
      const data = { ...request, commandId, subject: `${DEFERRED}-${commandId}` };
      const outcome = await commands.handle(
        commandId,
        { type: 'Defer', data },
        {
          commandId: `${DEFERRED}/${commandId}`,
          cause: context.cause,
          ...(fingerprint === undefined ? {} : { fingerprint }),
        },
      );
      const headers = { location: `${path}/${commandId}`, 'preference-applied': 'respond-async' };
      if (outcome.status !== 'accepted' && outcome.status !== 'unchanged') {
        return commandAnswer(outcome, { service, context });
      }
      return { status: 202, body: { commandId, status: 'queued' }, headers };
    },
    status: async (commandId) => {
      const { state } = await commands.load(commandId);
      if (state.status === 'unknown') return notFound('command');
      if (state.status === 'queued') return { status: 200, body: { commandId, status: 'queued' } };
      const settledAtMs = await lastRecordedAtMs(store, commandId);
      if (clock.now() - settledAtMs > KEPT_MS) return notFound('command');
      return { status: 200, body: { commandId, status: 'settled', answer: state.answer } };
    },
    runnable: (carryOut) =>
      createLaneReader({
        name: 'deferred-commands',
        store,
        checkpoints: parts.checkpoints,
        query: [{ categories: [DEFERRED], types: ['CommandDeferred'] }],
        workOf: (recorded) => ({
          lane: recorded.stream,
          run: (signal) => settle({ ...parts, commands, carryOut }, recorded, signal),
        }),
      }),
  };
}

interface Settling {
  readonly keys: Keys;
  readonly clock: Clock;
  readonly log: Logger;
  readonly commands: CommandHandler<DeferredCommand, DeferredState, never>;
  readonly carryOut: CarryOut;
}

/** Repeats a command until its outcome is known, records it, and forgets what was asked. `false` when told to stop before. */
async function settle(parts: Settling, recorded: Recorded, signal: AbortSignal): Promise<boolean> {
  const { keys, clock, log, commands, carryOut } = parts;
  const commandId = recorded.stream.slice(DEFERRED.length + 1);
  const { state } = await commands.load(commandId);
  if (state.status === 'queued') {
    const { request } = state;
    let answer = await carryOut(request, signal);
    for (
      let waitMs = FIRST_WAIT_MS;
      answer.status === UNAVAILABLE;
      waitMs = Math.min(waitMs * 2, LONGEST_WAIT_MS)
    ) {
      log.warn('a deferred command met a fault, trying again', {
        commandId,
        status: answer.status,
      });
      await clock.sleep(waitMs, signal);
      if (signal.aborted) return false;
      answer = await carryOut(request, signal);
    }
    await commands.handle(
      commandId,
      { type: 'Settle', data: toStored(answer) },
      {
        commandId: `settled/${commandId}`,
        cause: recorded.cause,
      },
    );
  }
  await keys.erase(`${DEFERRED}-${commandId}`);
  return true;
}

function toStored({ status, headers, body }: Answer): DeferredAnswer {
  const stored = { status, headers: { ...headers } };
  return body === undefined ? stored : { ...stored, body: body as DeferredAnswer['body'] & object };
}

async function lastRecordedAtMs(store: EventStore, commandId: string): Promise<number> {
  let last = 0;
  for await (const page of store.readStream(`${DEFERRED}-${commandId}`)) {
    last = Date.parse(page.at(-1)?.recordedAt ?? '');
  }
  return last;
}
