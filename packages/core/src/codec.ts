import { Fault } from './faults.ts';
import type { JsonObject, Message } from './message.ts';
import { type KeyRing, openSealed, type SealedMessage } from './personal.ts';

/** What is on disk: a name, JSON, and the version of its shape. */
export interface StoredBody {
  readonly type: string;
  readonly schema: number;
  readonly data: JsonObject;
  readonly tags?: readonly string[];
}

/** Lifts data of one shape to the next. Pure and total. Sealed fields may be moved, never opened. */
export type Upcaster = (data: JsonObject) => JsonObject;

/** How one event type is stored. */
export interface StoredType<Data> {
  /** Today's version of the shape, from 1. */
  readonly schema: number;
  /** One for each older version, oldest first: the first lifts 1 to 2. `schema - 1` of them. */
  readonly upcasters?: readonly Upcaster[];
  /** Answers today's shape or throws; called on every read, after the upcasters. Personal fields are still sealed here. */
  readonly check: (data: JsonObject) => void;
  /** Personal fields, each with the field of the same event that names its data subject. */
  readonly personal?: { readonly [Field in keyof Data & string]?: keyof Data & string };
  /** Tags of such an event; may not look at personal fields (they are left out of what it is given). */
  readonly tags?: (data: Data) => readonly string[];
}

/** Between today's event types and what was stored over the years. */
export interface Codec<Event extends Message> {
  /** The event types it knows. */
  readonly types: readonly string[];
  /** Today's version of each type's shape. */
  readonly schemas: Readonly<Record<string, number>>;
  /** Subjects whose keys `encode` needs. */
  readonly subjectsOf: (event: Event) => readonly string[];
  /** Seals personal fields and names the schema. @throws EVENT_INVALID when a key is missing. */
  readonly encode: (event: Event, ring: KeyRing) => StoredBody;
  /** Lifts old shapes; personal fields stay sealed. @throws EVENT_TYPE_UNKNOWN, EVENT_SCHEMA_UNKNOWN, LOG_CORRUPT. */
  readonly decodeSealed: (body: StoredBody) => SealedMessage<Event>;
  /** Lifts old shapes and opens personal fields; those without a key are `ERASED`. Throws as `decodeSealed`. */
  readonly decode: (body: StoredBody, ring: KeyRing) => Event;
}

/** One `StoredType` for each type of the union. */
export type StoredTypes<Event extends Message> = {
  readonly [Type in Event['type']]: StoredType<Extract<Event, { readonly type: Type }>['data']>;
};

type AnyStoredType = StoredType<JsonObject>;

/**
 * Makes a codec from one table, the service's `stored.ts`.
 *
 * @example
 * const codec = createCodec<CounterEvent>({ Incremented: { schema: 1, check: incremented.parse } });
 */
export function createCodec<Event extends Message>(types: StoredTypes<Event>): Codec<Event> {
  const table = new Map(Object.entries(types) as [string, AnyStoredType][]);
  for (const [type, stored] of table) assertComplete(type, stored);

  const decodeSealed = (body: StoredBody) => {
    const stored = find(table, body.type);
    return { type: body.type, data: lift(stored, body) } as unknown as SealedMessage<Event>;
  };

  return {
    types: [...table.keys()],
    schemas: Object.fromEntries([...table].map(([type, { schema }]) => [type, schema])),
    subjectsOf: (event) => subjectsOfFields(find(table, event.type), event.data as JsonObject),
    encode: (event, ring) => encode(find(table, event.type), event, ring),
    decodeSealed,
    decode: (body, ring) => openSealed(decodeSealed(body), ring) as unknown as Event,
  };
}

function assertComplete(type: string, stored: AnyStoredType): void {
  const upcasters = stored.upcasters?.length ?? 0;
  if (upcasters === stored.schema - 1) return;
  throw new Fault(
    'EVENT_SCHEMA_UNKNOWN',
    `${type}: schema ${stored.schema} needs ${stored.schema - 1} upcasters, found ${upcasters}`,
  );
}

function find(table: ReadonlyMap<string, AnyStoredType>, type: string): AnyStoredType {
  const stored = table.get(type);
  if (stored === undefined) throw new Fault('EVENT_TYPE_UNKNOWN', `no event type "${type}" here`);
  return stored;
}

function subjectsOfFields(stored: AnyStoredType, data: JsonObject): readonly string[] {
  return Object.entries(stored.personal ?? {})
    .filter(([field]) => data[field] !== undefined)
    .map(([, subjectField]) => String(data[subjectField as string]));
}

function encode(stored: AnyStoredType, event: Message, ring: KeyRing): StoredBody {
  const open = event.data as JsonObject;
  const data: Record<string, unknown> = { ...open };
  const tagged: Record<string, unknown> = { ...open };
  for (const [field, subjectField] of Object.entries(stored.personal ?? {})) {
    delete tagged[field];
    if (open[field] === undefined) continue;
    const subject = String(open[subjectField as string]);
    const key = ring.get(subject);
    if (key === undefined) {
      throw new Fault('EVENT_INVALID', `${event.type}.${field}: no key for its subject`, {
        facts: { subject },
      });
    }
    data[field] = key.seal(open[field]);
  }
  const tags = stored.tags?.(tagged) ?? [];
  const body = { type: event.type, schema: stored.schema, data };
  return tags.length === 0 ? body : { ...body, tags };
}

function lift(stored: AnyStoredType, body: StoredBody): JsonObject {
  if (body.schema > stored.schema) {
    throw new Fault(
      'EVENT_SCHEMA_UNKNOWN',
      `${body.type}: stored with schema ${body.schema}, known up to ${stored.schema}`,
    );
  }
  let data = body.data;
  for (const upcast of stored.upcasters?.slice(body.schema - 1) ?? []) data = upcast(data);
  try {
    stored.check(data);
  } catch (cause) {
    throw new Fault('LOG_CORRUPT', `${body.type}: stored data has another shape`, { cause });
  }
  return data;
}
