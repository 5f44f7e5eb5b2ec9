import type { Clock, Timer, Timers } from '@tidemark/core';
import { batched } from './batched.ts';
import { type LinkedStop, linkedStop } from './linked-stop.ts';

const TIMERS_PER_PAGE = 500;
/** Begun and not done. Slow ones hold up the others only when there are so many of them. */
const MOST_UNDONE = 1_000;
/** Another process may set a timer that is due before all that are known here. */
const LOOK_AGAIN_AFTER_MS = 1_000;

/** What is done with timers that are due. */
export interface TimerWork {
  /** Awaited before any of those that were found due together is begun. */
  readonly ready: (signal: AbortSignal) => Promise<void>;
  /** Answers whether it is done with the timer; `false` when `signal` aborted before. */
  readonly fire: (timer: Timer, signal: AbortSignal) => Promise<boolean>;
}

/** The timers of one owner. */
export interface TimerLoop {
  /** Sets them and sees to it that `run` is awake in time. Durable when it resolves. */
  readonly set: (timers: readonly Timer[]) => Promise<void>;
  /**
   * Fires what is due, begun earliest first and done side by side, and cancels each once it is done. Several
   * processes may run it for one owner; each timer then fires in each of them. When one fails, nothing new is
   * begun, what runs is awaited, and `run` rejects with the failure.
   */
  readonly run: (work: TimerWork, signal: AbortSignal) => Promise<void>;
}

interface TimerLoopParts {
  readonly timers: Timers;
  readonly owner: string;
  readonly clock: Clock;
}

/** Sleeps until the next timer is due by `clock`, and a second at most. Run it once at a time. */
export function createTimerLoop(parts: TimerLoopParts): TimerLoop {
  const alarm = createAlarm(parts.clock);
  const set = batched<Timer>((timers) => parts.timers.set(timers));
  return {
    set: async (timers) => {
      await set(timers);
      for (const { dueAtMs } of timers) alarm.notLaterThan(dueAtMs);
    },
    run: async (work, signal) => {
      const stop = linkedStop(signal);
      const firing = startFiring(parts.timers, work.fire, stop);
      try {
        while (!stop.signal.aborted)
          await look(parts, { work, firing, alarm, signal: stop.signal });
      } catch (error) {
        if (!signal.aborted) throw error;
      } finally {
        stop.abort();
        await firing.end();
        stop.unlink();
      }
      if (!signal.aborted) firing.throwFailure();
    },
  };
}

interface Looking {
  readonly work: TimerWork;
  readonly firing: Firing;
  readonly alarm: Alarm;
  readonly signal: AbortSignal;
}

/** Begins what is due, and waits for the next thing to do. */
async function look(
  { timers, owner, clock }: TimerLoopParts,
  { work, firing, alarm, signal }: Looking,
): Promise<void> {
  // Set before asking, so that a timer that is set meanwhile is not slept over.
  const nap = alarm.set(signal);
  try {
    // Those that end while the question is under way may still be in its answer.
    const begun = firing.ids();
    const nowMs = clock.now();
    const limit = begun.size + TIMERS_PER_PAGE;
    const due = await timers.due({ owner, nowMs, limit });
    const fresh = due.filter(({ id }) => !begun.has(id));
    if (fresh.length > 0) await work.ready(signal);
    if (signal.aborted) return;
    for (const timer of fresh) firing.begin(timer);
    if (due.length === limit) return await firing.room();
    const nextMs = await timers.nextDueAtMs(owner, nowMs);
    await nap.until(Math.min(nextMs ?? Number.POSITIVE_INFINITY, nowMs + LOOK_AGAIN_AFTER_MS));
  } finally {
    nap.end();
  }
}

interface Nap {
  /** Resolves at that time, earlier when the alarm goes. */
  readonly until: (atMs: number) => Promise<void>;
  readonly end: () => void;
}

interface Alarm {
  /** From now on, `notLaterThan` is heard. */
  readonly set: (signal: AbortSignal) => Nap;
  readonly notLaterThan: (atMs: number) => void;
}

function createAlarm(clock: Clock): Alarm {
  let current: LinkedStop | undefined;
  let wakesAtMs = Number.POSITIVE_INFINITY;
  return {
    set: (signal) => {
      const nap = linkedStop(signal);
      current = nap;
      wakesAtMs = Number.POSITIVE_INFINITY;
      return {
        until: async (atMs) => {
          wakesAtMs = atMs;
          await clock.sleep(atMs - clock.now(), nap.signal);
        },
        end: nap.unlink,
      };
    },
    notLaterThan: (atMs) => {
      if (atMs < wakesAtMs) current?.abort();
    },
  };
}

interface Firing {
  readonly ids: () => ReadonlySet<string>;
  readonly begin: (timer: Timer) => void;
  /** Resolves when there is room for more, or all stops. */
  readonly room: () => Promise<void>;
  readonly end: () => Promise<void>;
  readonly throwFailure: () => void;
}

function startFiring(timers: Timers, fire: TimerWork['fire'], stop: LinkedStop): Firing {
  const running = new Map<string, Promise<void>>();
  const cancel = batched<string>((ids) => timers.cancel(ids));
  const failures: unknown[] = [];
  let wake = (): void => {};

  const fireOne = async (timer: Timer): Promise<void> => {
    try {
      if (await fire(timer, stop.signal)) await cancel([timer.id]);
    } catch (error) {
      failures.push(error);
      stop.abort();
    } finally {
      running.delete(timer.id);
      wake();
    }
  };

  return {
    ids: () => new Set(running.keys()),
    begin: (timer) => running.set(timer.id, fireOne(timer)),
    room: async () => {
      while (running.size >= MOST_UNDONE && !stop.signal.aborted) {
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
    },
    end: async () => {
      await Promise.all(running.values());
    },
    throwFailure: () => {
      if (failures.length > 0) throw failures[0];
    },
  };
}
