/** A stream folded up to a revision, kept so that the fold need not begin at the beginning. Never the truth. */
export interface Snapshot {
  /** Last revision folded in. */
  readonly revision: number;
  /** Position of that event. */
  readonly position: bigint;
  /** Id of that event: shows that the stream is still the one that was folded. */
  readonly eventId: string;
  /** The state as JSON. Holds no personal data. */
  readonly state: string;
  /** Hash over all of the above and the key, made and checked by the runtime. */
  readonly digest: string;
}

/** Snapshots that may be deleted at any time: losing one costs work, never truth. */
export interface Snapshots {
  readonly load: (key: string) => Promise<Snapshot | undefined>;
  /** Replaces the one that was there. */
  readonly save: (key: string, snapshot: Snapshot) => Promise<void>;
  /** Does nothing when there is none. */
  readonly drop: (key: string) => Promise<void>;
}
