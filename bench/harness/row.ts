import type { Options } from './contestant.ts';
import type { Figure, Measure } from './figures.ts';

/** One who runs a workload: the hand-written limit, Tidemark, or a peer. */
export interface Contender {
  readonly name: string;
  /** Path from the root of the repository. */
  readonly program: string;
  readonly workload: string;
  readonly options?: Options;
  /** Data kept for later rows under this name; of its own unless given. */
  readonly place?: string;
  /** Does not keep what it acknowledges, so it stands in the table for scale only. */
  readonly forScale?: boolean;
}

/** What is asked of our side. */
export interface Wanted {
  /** At least this part of the limit. */
  readonly ofLimit?: number;
  /** At least so many times the best peer. */
  readonly ofPeer?: number;
  /** At least so many times each of these peers. */
  readonly ofPeers?: Readonly<Record<string, number>>;
  /** At most so much. */
  readonly atMost?: Readonly<Partial<Record<Measure, number>>>;
}

/** A row of the table. */
export interface Row {
  readonly id: string;
  readonly what: string;
  readonly limit?: Contender;
  readonly ours: Contender;
  readonly peers?: readonly Contender[];
  /** Also what the peers measured in this row before. */
  readonly peersOf?: string;
  readonly wanted: Wanted;
  readonly rounds?: number;
  readonly roundMs?: number;
}

/** A contender with what it measured; `failure` says why it measured no more. */
export interface Measured {
  readonly contender: Contender;
  readonly role: 'limit' | 'ours' | 'peer';
  readonly figures: readonly Figure[];
  readonly failure?: string;
}

export interface MeasuredRow {
  readonly row: Row;
  readonly sides: readonly Measured[];
}
