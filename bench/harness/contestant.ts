import type { Figure } from './figures.ts';
import { createProfile, type Profile } from './profile.ts';

/** Where a side keeps its data, and what it has to do. Crosses a process border as JSON. */
export interface Task {
  readonly workload: string;
  /** A folder that exists. */
  readonly folder: string;
  /** A PostgreSQL database, for sides that use one. */
  readonly url?: string;
  /** A schema in it of this side's own. */
  readonly schema?: string;
  readonly options: Options;
}

export type Options = { readonly [name: string]: number | string | boolean };

/** A side that is ready: filled, warm, open. */
export interface Prepared {
  /** One round of about `forMs`, or one pass over its data. */
  readonly round: (forMs: number) => Promise<Figure>;
  readonly close: () => Promise<void>;
}

export type Workloads = { readonly [name: string]: (task: Task) => Promise<Prepared> };

/** What the driver asks, one line of JSON each. */
export type Ask =
  | { readonly kind: 'prepare'; readonly task: Task; readonly profiled: boolean }
  | { readonly kind: 'round'; readonly forMs: number }
  | { readonly kind: 'close' };

/** What a side answers to each. */
export type Answer =
  | { readonly kind: 'prepared' }
  | { readonly kind: 'figure'; readonly figure: Figure }
  | { readonly kind: 'closed' }
  | { readonly kind: 'failed'; readonly error: string };

/** Number of an option. */
export function numberOf(task: Task, name: string, otherwise: number): number {
  const value = task.options[name];
  return typeof value === 'number' ? value : otherwise;
}

/** Answers the driver until told to close. The whole program of a side. */
export function contest(workloads: Workloads): void {
  const say = (answer: Answer): void => {
    process.send?.(answer);
  };
  let prepared: Prepared | undefined;
  let profile: Profile | undefined;

  const serve = async (ask: Ask): Promise<Answer> => {
    if (ask.kind === 'prepare') {
      const prepare = workloads[ask.task.workload];
      if (prepare === undefined) throw new Error(`no workload ${ask.task.workload} here`);
      prepared = await prepare(ask.task);
      if (ask.profiled) profile = await createProfile(ask.task.workload);
      return { kind: 'prepared' };
    }
    if (ask.kind === 'round') {
      const round = prepared?.round;
      if (round === undefined) throw new Error('not prepared');
      const measure = (): Promise<Figure> => round(ask.forMs);
      return { kind: 'figure', figure: await (profile?.during(measure) ?? measure()) };
    }
    profile?.print();
    await prepared?.close();
    return { kind: 'closed' };
  };

  process.on('message', (ask: Ask) => {
    serve(ask).then(
      (answer) => {
        say(answer);
        // A library that leaves something open does not keep the process.
        if (answer.kind === 'closed') process.disconnect();
      },
      (error: unknown) => say({ kind: 'failed', error: describe(error) }),
    );
  });
  process.on('disconnect', () => process.exit());
}

function describe(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
