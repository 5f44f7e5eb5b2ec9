import type { Erasure } from './personal.ts';

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

/** How far the list of erased subjects has been carried over to a storage. */
export interface ListMark {
  /** Place in the list. */
  readonly position: bigint;
  /** Who stands at that place: shows that it is still the same list. */
  readonly subject: string;
}

/** One page of the list of erased subjects, in its order. */
export interface ErasedPage {
  readonly erased: readonly ListMark[];
  /** How far the page looked. Never below what was asked for; the same at the end of the list. */
  readonly scannedTo: bigint;
}

/**
 * The list of all subjects who were ever erased, kept apart from the keys and from every copy of them: it brings
 * an old copy of the keys up to date. Only grows. Rejects with KEYS_UNAVAILABLE when its place does not answer;
 * repeating a call after that is harmless.
 */
export interface ErasedList {
  /** On stable storage when it resolves. Who stands there already is passed over. */
  readonly add: (subjects: readonly string[]) => Promise<void>;
  /** Those behind a place, `0n` for the beginning; at most `limit`, 1 to 1,000. */
  readonly read: (after: bigint, limit: number) => Promise<ErasedPage>;
  readonly close: () => Promise<void>;
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
  readonly erase: (subject: string) => Promise<Erasure>;
  /** As `erase`, for many, and keeps the mark, as one change. */
  readonly eraseAll: (subjects: readonly string[], mark: ListMark) => Promise<void>;
  /** The mark that was kept last; `undefined` before the first. */
  readonly listMark: () => Promise<ListMark | undefined>;
  /** At most `limit` of all who were erased, those behind `after` in some order that stays the same. */
  readonly listErased: (after: string | undefined, limit: number) => Promise<readonly string[]>;
  /**
   * Who was erased since `mark`, by anybody; without a mark nobody, but the mark to begin with. Must cost less
   * than loading: it is asked before each use of a key that is held in memory. A storage that cannot do this
   * leaves it out, and no key is held.
   */
  readonly erasedSince?: (mark?: number) => Promise<ErasedSince>;
  /** As `scrub` of the keys. */
  readonly scrub?: () => Promise<void>;
  readonly close: () => Promise<void>;
}
