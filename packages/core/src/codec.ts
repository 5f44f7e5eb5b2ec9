import { Fault } from './faults.ts';
import type { JsonObject, Message } from './message.ts';
import { type KeyRing, openSealed, type SealedData, type SealedMessage } from './personal.ts';
import {
  type HasPersonal,
  type PersonalFields,
  type PersonalMarks,
  sealPersonal,
  subjectsToSeal,
  withoutPersonal,
} from './personal-fields.ts';
import type { Shape, StoredShapes } from './stored-shapes.ts';

/** What is on disk: a name, JSON, and the version of its shape. */
export interface StoredBody {
  readonly type: string;
  readonly schema: number;
  readonly data: JsonObject;
  readonly tags?: readonly string[];
}

/** How one event type is stored; a type with fields of type `T | Erased` says whose they are. */
export type StoredType<Data> = StoredShapes<SealedData<Data>> &
  Tagged<Data> &
  (HasPersonal<Data> extends true
    ? { readonly personal: PersonalFields<Data> }
    : { readonly personal?: never });

interface Tagged<Data> {
  /** Tags of such an event; may not look at personal fields (they are left out of what it is given). */
  readonly tags?: (data: Data) => readonly string[];
}

/** Between today's event types and what was stored over the years. */
export interface Codec<Event extends Message> {
  /** The event types it knows. */
  readonly types: readonly string[];
  /** Today's version of each type's shape. */
  readonly schemas: Readonly<Record<string, number>>;
  /** Every shape in which each type was ever stored, oldest first. */
  readonly shapes: Readonly<Record<string, readonly Shape<unknown>[]>>;
  /** Subjects whose keys `encode` needs. @throws as `encode`. */
  readonly subjectsOf: (event: Event) => readonly string[];
  /** Seals personal fields and names the schema. @throws SUBJECT_ERASED when a key is missing; EVENT_INVALID when a field names no subject, or the data is not of today's shape. */
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

interface AnyStoredType extends StoredShapes<JsonObject>, Tagged<JsonObject> {
  readonly personal?: PersonalMarks;
}

/**
 * Makes a codec from one table, the service's `stored.ts`.
 *
 * @example
 * const codec = createCodec<CounterEvent>({ Incremented: storedAs(z.object({ by: z.number() })) });
 */
export function createCodec<Event extends Message>(types: StoredTypes<Event>): Codec<Event> {
  const table = new Map(Object.entries(types) as [string, AnyStoredType][]);

  const decodeSealed = (body: StoredBody) => {
    const stored = find(table, body.type);
    return { type: body.type, data: lift(stored, body) } as unknown as SealedMessage<Event>;
  };

  return {
    types: [...table.keys()],
    schemas: Object.fromEntries([...table].map(([type, stored]) => [type, schemaOf(stored)])),
    shapes: Object.fromEntries([...table].map(([type, stored]) => [type, shapesOf(stored)])),
    subjectsOf: (event) => subjectsOf(find(table, event.type), event.data as JsonObject),
    encode: (event, ring) => encode(find(table, event.type), event, ring),
    decodeSealed,
    decode: (body, ring) => openSealed(decodeSealed(body), ring) as unknown as Event,
  };
}

/** Today's version. */
function schemaOf({ older }: AnyStoredType): number {
  return older.length + 1;
}

function shapesOf({ older, shape }: AnyStoredType): readonly Shape<unknown>[] {
  return [...older.map((one) => one.shape), shape];
}

function find(table: ReadonlyMap<string, AnyStoredType>, type: string): AnyStoredType {
  const stored = table.get(type);
  if (stored === undefined) throw new Fault('EVENT_TYPE_UNKNOWN', `no event type "${type}" here`);
  return stored;
}

function subjectsOf({ personal }: AnyStoredType, data: JsonObject): readonly string[] {
  return personal === undefined ? [] : subjectsToSeal(data, personal);
}

function encode(stored: AnyStoredType, event: Message, ring: KeyRing): StoredBody {
  const { personal } = stored;
  const open: JsonObject = { ...(event.data as JsonObject) };
  const data = personal === undefined ? open : sealPersonal(open, personal, ring);
  try {
    stored.shape.parse(data);
  } catch (cause) {
    throw new Fault('EVENT_INVALID', `${event.type}: not of the shape it is stored in`, { cause });
  }
  const tagged = personal === undefined ? open : withoutPersonal(open, personal);
  const tags = stored.tags?.(tagged) ?? [];
  const body = { type: event.type, schema: schemaOf(stored), data };
  return tags.length === 0 ? body : { tags, ...body };
}

/** What was stored is of the shape that it was stored in, and what it was lifted to is of today's. */
function lift(stored: AnyStoredType, { type, schema, data }: StoredBody): JsonObject {
  const { shape, older } = stored;
  const known = schemaOf(stored);
  if (schema > known || schema < 1) {
    throw new Fault(
      'EVENT_SCHEMA_UNKNOWN',
      `${type}: stored with schema ${schema}, known up to ${known}`,
    );
  }
  try {
    older[schema - 1]?.shape.parse(data);
    let lifted = data;
    for (let at = schema - 1; at < older.length; at += 1) {
      lifted = older[at]?.upcast(lifted) ?? lifted;
    }
    shape.parse(lifted);
    return lifted;
  } catch (cause) {
    throw new Fault('LOG_CORRUPT', `${type}: stored data is not of schema ${schema}`, { cause });
  }
}
