import type { StreamName } from '@tidemark/core';
import type { NameOf } from './event-rows.ts';
import { numberArray } from './pg-arrays.ts';
import type { RunRead } from './run-read.ts';

/** Names of streams by their numbers. */
export interface StreamNames {
  readonly nameOf: NameOf;
  /** Finds the names of all these numbers. What it answers knows them, whatever is forgotten meanwhile. */
  readonly learn: (sids: ReadonlySet<number>) => Promise<NameOf>;
  /** Looks these up anew when they are asked for. */
  readonly forget: (sids: ReadonlySet<number>) => void;
}

/** Some megabytes. */
const MOST_NAMES = 50_000;

/** Each looked up for itself: of a table of middling size the planner would rather read all. */
const FIND_NAMES = `select found.* from unnest($1::bigint[]) as asked (sid)
cross join lateral (select sid, name from {schema}.streams where sid = asked.sid offset 0) found`;

/**
 * Knows the names that it was asked for, up to `most` of them: a name never changes while a log is in its
 * place, and to look it up with each event would cost the server as much as to read the event.
 */
export function createStreamNames(run: RunRead, most = MOST_NAMES): StreamNames {
  const names = new Map<number, StreamName>();
  return {
    nameOf: (sid) => names.get(sid),
    learn: async (sids) => {
      const asked = new Map<number, StreamName>();
      const unknown: number[] = [];
      for (const sid of sids) {
        const name = names.get(sid);
        if (name === undefined) unknown.push(sid);
        else asked.set(sid, name);
      }
      const found =
        unknown.length === 0
          ? []
          : await run<readonly [sid: string, name: StreamName]>(FIND_NAMES, [numberArray(unknown)]);
      if (names.size + found.length > most) names.clear();
      for (const [text, name] of found) {
        const sid = Number(text);
        names.set(sid, name);
        asked.set(sid, name);
      }
      return (sid) => asked.get(sid);
    },
    forget: (sids) => {
      for (const sid of sids) names.delete(sid);
    },
  };
}
