import type { JsonObject } from './message.ts';

/**
 * What stored data looks like: `parse` throws when some data does not. A zod schema is one. Its answer says the type;
 * data is handed on as it was stored, so a shape must not change what it reads.
 */
export interface Shape<Data> {
  readonly parse: (data: JsonObject) => Data;
}

/** Lifts data of one shape to the next. Pure and total. Sealed fields may be moved, never opened. */
export type Upcaster<Old = JsonObject, New = JsonObject> = (data: Old) => New;

/** A shape that is no longer written, and how it becomes the next one. */
export interface OlderShape {
  readonly shape: Shape<unknown>;
  readonly upcast: Upcaster;
}

/** Every shape in which something was ever stored. `Data` is what the last one reads, personal fields sealed. */
export interface StoredShapes<Data> {
  /** Today's shape. Its version (`schema`) is one more than there are older ones. */
  readonly shape: Shape<Data>;
  /** Oldest first; the first is version 1. */
  readonly older: readonly OlderShape[];
  /** One version more: its shape, and what lifts data of the version before to it. */
  readonly next: <New extends object>(
    shape: Shape<New>,
    upcast: Upcaster<Data, New>,
  ) => StoredShapes<New>;
}

/**
 * The first shape in which something is stored. Shapes that follow are chained behind it, and stay for ever.
 *
 * @example
 * const seatTaken = storedAs(z.object({ row: z.number() }))
 *   .next(z.object({ seat: z.string() }), ({ row }) => ({ seat: `${row}A` }));
 */
export function storedAs<Data extends object>(shape: Shape<Data>): StoredShapes<Data> {
  return chain(shape, []);
}

function chain<Data extends object>(
  shape: Shape<Data>,
  older: readonly OlderShape[],
): StoredShapes<Data> {
  return {
    shape,
    older,
    next: (next, upcast) => {
      // A codec checks data against its shape first, so what comes here is what the upcaster takes.
      const lift = (data: JsonObject) => upcast(data as Data) as JsonObject;
      return chain(next, [...older, { shape, upcast: lift }]);
    },
  };
}
