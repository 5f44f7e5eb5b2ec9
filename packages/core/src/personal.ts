import type { Message } from './message.ts';

/** Stands where personal data was after its subject has been erased. */
export interface Erased {
  readonly erased: true;
}

/** The one value of `Erased`. */
export const ERASED: Erased = Object.freeze({ erased: true });

/** Whether a personal field has been erased. Every reader of a personal field must ask. */
export function isErased(value: unknown): value is Erased {
  return typeof value === 'object' && value !== null && 'erased' in value && value.erased === true;
}

/** A personal value as it is stored, queued and kept in read models: ciphertext that names its subject. */
export interface Sealed {
  /** Whose data it is: an id, never a name. The key is found under it. */
  readonly $subject: string;
  /** Ciphertext, base64url, authenticated. Empty for what had been erased before it was stored. */
  readonly $sealed: string;
}

/** Whether a value found in stored data is a sealed personal value. */
export function isSealed(value: unknown): value is Sealed {
  return typeof value === 'object' && value !== null && '$sealed' in value && '$subject' in value;
}

/** A payload as read models and messages see it: fields of type `T | Erased` are sealed, however deep. */
export type SealedData<Data> = {
  readonly [Field in keyof Data]: SealedValue<Data[Field]>;
};

type SealedValue<Value> = unknown extends Value
  ? Value
  : Erased extends Value
    ? Sealed
    : Value extends readonly (infer Item)[]
      ? readonly SealedValue<Item>[]
      : Value extends object
        ? SealedData<Value>
        : Value;

/** An event as read models and messages see it. */
export type SealedMessage<Event extends Message> = Event extends Message
  ? { readonly type: Event['type']; readonly data: SealedData<Event['data']> }
  : never;

/** Seals and opens the values of one data subject. Pure from the outside: the key was fetched before. */
export interface SubjectKey {
  /** `plain` is any JSON value. Sealing the same value twice gives different ciphertexts. */
  readonly seal: (plain: unknown) => Sealed;
  /** @throws LOG_CORRUPT when the ciphertext was changed. */
  readonly open: (sealed: Sealed) => unknown;
}

/** Keys that were fetched beforehand, by subject. A subject that is missing has been erased. */
export type KeyRing = ReadonlyMap<string, SubjectKey>;

/**
 * What an erasure found: `erased` when the subject had a key, `erased-before` when it was erased already,
 * `never-seen` when it never had one. Whichever it was, the subject never gets a key from now on.
 */
export type Erasure = 'erased' | 'erased-before' | 'never-seen';

/** The store of personal keys: one for each data subject, apart from every log, copy and backup. */
export interface Keys {
  /** Makes the keys that do not exist yet. An erased subject gets none and is missing in the answer. */
  readonly ensure: (subjects: readonly string[]) => Promise<KeyRing>;
  /** Only the keys that exist. */
  readonly fetch: (subjects: readonly string[]) => Promise<KeyRing>;
  /**
   * Deletes the key for good and remembers the subject as erased; answers what was so before. Repeating it changes
   * nothing.
   */
  readonly erase: (subject: string) => Promise<Erasure>;
  /**
   * Overwrites what erased keys have left behind in the files of the place, as far as the place can; costs as much
   * as copying all keys. Absent where `erase` leaves nothing behind.
   */
  readonly scrub?: () => Promise<void>;
  readonly close: () => Promise<void>;
}

/** The subjects of all sealed values inside some stored data, however deep. */
export function subjectsIn(value: unknown, found: Set<string> = new Set()): Set<string> {
  if (typeof value !== 'object' || value === null) return found;
  if (isSealed(value)) found.add(value.$subject);
  else if (Array.isArray(value)) for (const item of value) subjectsIn(item, found);
  else {
    // Every event that is read is looked through: so no list of its values is made.
    for (const field in value) {
      const item = value[field as keyof typeof value] as unknown;
      if (typeof item === 'object') subjectsIn(item, found);
    }
  }
  return found;
}

/** Opened data as an answer shows it: each sealed value has become what it held, or `Erased`. */
export type Opened<Data> = Data extends Sealed
  ? string | Erased
  : Data extends readonly (infer Item)[]
    ? readonly Opened<Item>[]
    : Data extends object
      ? { readonly [Field in keyof Data]: Opened<Data[Field]> }
      : Data;

/** Opens every sealed value inside some stored data, however deep; what has no key is `ERASED`. */
export function openSealed<Data>(data: Data, ring: KeyRing): Opened<Data> {
  return open(data, ring) as Opened<Data>;
}

function openOne(sealed: Sealed, ring: KeyRing): unknown {
  const key = sealed.$sealed === '' ? undefined : ring.get(sealed.$subject);
  return key === undefined ? ERASED : key.open(sealed);
}

function open(value: unknown, ring: KeyRing): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (isSealed(value)) return openOne(value, ring);
  if (Array.isArray(value)) return value.map((item) => open(item, ring));
  // Most data holds nothing sealed; it is copied only where something in it was opened.
  let opened: Record<string, unknown> | undefined;
  for (const [field, item] of Object.entries(value)) {
    const plain = open(item, ring);
    if (plain === item) continue;
    opened ??= { ...value };
    opened[field] = plain;
  }
  return opened ?? value;
}
