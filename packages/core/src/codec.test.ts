import { describe, expect, test } from 'vitest';
import { createCodec, type StoredTypes } from './codec.ts';
import { isFault } from './faults.ts';
import type { JsonObject, MessagesOf } from './message.ts';
import { ERASED, type Erased, type KeyRing, type Sealed, type SubjectKey } from './personal.ts';
import { storedAs } from './stored-shapes.ts';

type Event = MessagesOf<{
  Joined: { memberId: string; name: string | Erased; club: string };
  Left: Record<string, never>;
}>;

/** Reverses text: enough to see what was sealed, and by which key. */
function reversing(subject: string): SubjectKey {
  const turn = (text: string) => [...text].reverse().join('');
  return {
    seal: (plain) => ({ $subject: subject, $sealed: turn(JSON.stringify(plain)) }),
    open: (sealed: Sealed) => JSON.parse(turn(sealed.$sealed)),
  };
}

const ring: KeyRing = new Map([['m1', reversing('m1')]]);
const nobody: KeyRing = new Map();

/** Data with these fields, whatever is in them. */
const withFields = <Field extends string>(...fields: Field[]) => ({
  parse: (data: JsonObject) => {
    for (const field of fields) if (!(field in data)) throw new Error(`${field} is missing`);
    return data as { [Name in Field]: never };
  },
});

const joinedV1 = withFields('id', 'name');
const joinedV2 = withFields('memberId', 'name');
const types: StoredTypes<Event> = {
  Joined: {
    ...storedAs(joinedV1)
      .next(joinedV2, ({ id, name }) => ({ memberId: id, name }))
      .next(withFields('memberId', 'name', 'club'), (data) => ({ ...data, club: 'main' as never })),
    personal: { name: 'memberId' },
    tags: (data) => [`club:${data.club}`, ...('name' in data ? ['leak'] : [])],
  },
  Left: storedAs(withFields()),
};
const codec = createCodec<Event>(types);
const joined: Event = { type: 'Joined', data: { memberId: 'm1', name: 'Ada', club: 'north' } };

function codeOf(work: () => unknown): string | undefined {
  try {
    work();
    return undefined;
  } catch (error) {
    return isFault(error) ? error.code : 'another error';
  }
}

describe('a codec', () => {
  test('seals personal fields under the subject that the event names', () => {
    expect(codec.subjectsOf(joined)).toEqual(['m1']);
    const body = codec.encode(joined, ring);
    expect(body.schema).toBe(3);
    expect(body.data.name).toEqual({ $subject: 'm1', $sealed: '"adA"' });
    expect(JSON.stringify(body)).not.toContain('Ada');
  });

  test('never shows a personal field to what makes tags', () => {
    expect(codec.encode(joined, ring).tags).toEqual(['club:north']);
  });

  test('refuses to encode when the key of a subject is missing', () => {
    expect(codeOf(() => codec.encode(joined, nobody))).toBe('SUBJECT_ERASED');
  });

  test('opens with the key, answers ERASED without it, and leaves it sealed for read models', () => {
    const body = codec.encode(joined, ring);
    expect(codec.decode(body, ring)).toEqual(joined);
    expect(codec.decode(body, nobody).data).toMatchObject({ name: ERASED, club: 'north' });
    expect(codec.decodeSealed(body).data).toMatchObject({ name: { $subject: 'm1' } });
  });

  test('lifts every older shape to the newest, one version at a time', () => {
    const first = codec.decode({ type: 'Joined', schema: 1, data: { id: 'm1', name: 'x' } }, ring);
    expect(first.data).toEqual({ memberId: 'm1', name: 'x', club: 'main' });
    const data = { memberId: 'm2', name: 'y' };
    const second = codec.decode({ type: 'Joined', schema: 2, data }, ring);
    expect(second.data).toEqual({ ...data, club: 'main' });
  });

  test("shows every shape that was ever stored, and today's version", () => {
    expect(codec.schemas).toEqual({ Joined: 3, Left: 1 });
    expect(codec.shapes.Joined?.slice(0, 2)).toEqual([joinedV1, joinedV2]);
    expect(codec.shapes.Joined).toHaveLength(3);
  });

  test('hands on what was stored, also what its shape does not speak of', () => {
    const data = JSON.parse('{"__proto__":1,"more":[{}]}');
    expect(JSON.stringify(codec.decodeSealed({ type: 'Left', schema: 1, data }).data)).toBe(
      JSON.stringify(data),
    );
  });

  test('names what it cannot read: an unknown type, a newer shape, another shape', () => {
    const read = (type: string, schema: number, data = {}) =>
      codeOf(() => codec.decode({ type, schema, data }, ring));
    expect(read('Moved', 1)).toBe('EVENT_TYPE_UNKNOWN');
    expect(read('Joined', 4)).toBe('EVENT_SCHEMA_UNKNOWN');
    expect(read('Joined', 0)).toBe('EVENT_SCHEMA_UNKNOWN');
    for (const schema of [1, 2, 3]) expect(read('Joined', schema)).toBe('LOG_CORRUPT');
  });

  test("does not hand on what an upcaster made of it, when that is not of today's shape", () => {
    const Left = storedAs(withFields()).next(withFields('when'), () => ({}) as { when: never });
    const { decodeSealed } = createCodec<Event>({ ...types, Left });
    expect(codeOf(() => decodeSealed({ type: 'Left', schema: 1, data: {} }))).toBe('LOG_CORRUPT');
  });

  test("refuses to encode what is not of today's shape, so that it never gets into the log", () => {
    const { club: _club, ...data } = joined.data as Extract<Event, { type: 'Joined' }>['data'];
    const event = { type: 'Joined', data } as Event;
    expect(codeOf(() => codec.encode(event, ring))).toBe('EVENT_INVALID');
  });
});

test('the compiler asks for an upcaster that takes one shape and makes the next, up to what the domain says', () => {
  const v1 = { parse: (data: JsonObject) => ({ by: Number(data.by) }) };
  const v2 = { parse: (data: JsonObject) => ({ amount: Number(data.amount) }) };
  type Paid = MessagesOf<{ Paid: { amount: number } }>;
  createCodec<Paid>({ Paid: storedAs(v1).next(v2, ({ by }) => ({ amount: by })) });
  // @ts-expect-error the last shape is not what the domain says
  createCodec<Paid>({ Paid: storedAs(v1) });
  // @ts-expect-error the upcaster takes what was never stored
  createCodec<Paid>({ Paid: storedAs(v1).next(v2, ({ cents }) => ({ amount: cents })) });
  // @ts-expect-error the upcaster does not make the next shape
  createCodec<Paid>({ Paid: storedAs(v1).next(v2, ({ by }) => ({ by })) });
  type Named = MessagesOf<{ Named: { id: string; name: string | Erased } }>;
  const open = { parse: () => ({ id: '', name: '' }) };
  // @ts-expect-error a personal field is stored sealed
  createCodec<Named>({ Named: { ...storedAs(open), personal: { name: 'id' } } });
  expect(createCodec<Paid>({ Paid: storedAs(v2) }).schemas).toEqual({ Paid: 1 });
});
