/** Keys as they are kept: wrapped with the master key, by subject. */
export type WrappedKeys = ReadonlyMap<string, Uint8Array>;

/** What is kept beside the keys from the first opening on. */
export interface KeySettings {
  /** Goes into the derivation of the master key; no secret. */
  readonly salt: Uint8Array;
  /** Wrapped with the master key, so that another secret is noticed before it does harm. */
  readonly checkValue: Uint8Array;
}

/** Answer to `erasedSince`. */
export interface ErasedSince {
  readonly subjects: readonly string[];
  /** For the next call. Grows with every erasure and never else. */
  readonly mark: number;
}

/**
 * The half of `Keys` that an engine implements: it keeps wrapped keys, and sees neither a secret nor a key that
 * opens anything. Several may work on the same place at once. Every method rejects with KEYS_UNAVAILABLE when
 * the place does not answer; repeating a call after that is harmless.
 */
export interface KeyStorage {
  /** Keeps `proposed` when nothing is kept yet. Answers what is kept: the same for all who open the place. */
  readonly settings: (proposed: KeySettings) => Promise<KeySettings>;
  /** Only those that exist. */
  readonly load: (subjects: readonly string[]) => Promise<WrappedKeys>;
  /**
   * Keeps the keys of subjects that have none and were not erased; on stable storage when it resolves. Answers
   * what is kept for these subjects afterwards, so that of two who add a key at once both use the same one.
   */
  readonly add: (wrapped: WrappedKeys) => Promise<WrappedKeys>;
  /** Deletes the key for good and remembers the subject, as one change. Repeating it changes nothing. */
  readonly erase: (subject: string) => Promise<void>;
  /**
   * Who was erased since `mark`, by anybody; without a mark nobody, but the mark to begin with. Must cost less
   * than loading: it is asked before each use of a key that is held in memory. A storage that cannot do this
   * leaves it out, and no key is held.
   */
  readonly erasedSince?: (mark?: number) => Promise<ErasedSince>;
  readonly close: () => Promise<void>;
}
