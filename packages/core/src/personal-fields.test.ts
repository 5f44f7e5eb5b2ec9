import { describe, expect, test } from 'vitest';
import { createCodec, type StoredTypes } from './codec.ts';
import type { MessagesOf } from './message.ts';
import {
  ERASED,
  type Erased,
  type KeyRing,
  type Sealed,
  type SealedMessage,
  type SubjectKey,
} from './personal.ts';
import { storedAs } from './stored-shapes.ts';

interface Companion {
  readonly id: string;
  readonly name: string | Erased;
  readonly seat: string;
}

type Event = MessagesOf<{
  Booked: {
    readonly bookerId: string;
    readonly name: string | Erased;
    readonly companions: readonly Companion[];
    readonly payer?: { readonly personId: string; readonly card: { number: string } | Erased };
  };
  Cancelled: { readonly bookerId: string };
}>;

/** Reverses text: enough to see what was sealed, and by which key. */
function reversing(subject: string): SubjectKey {
  const turn = (text: string) => [...text].reverse().join('');
  return {
    seal: (plain) => ({ $subject: subject, $sealed: turn(JSON.stringify(plain)) }),
    open: (sealed: Sealed) => JSON.parse(turn(sealed.$sealed)),
  };
}

function ringOf(...subjects: readonly string[]): KeyRing {
  return new Map(subjects.map((subject) => [subject, reversing(subject)]));
}

const anything = storedAs({ parse: (data) => data as never });

const types: StoredTypes<Event> = {
  Booked: {
    ...anything,
    personal: { name: 'bookerId', companions: { name: 'id' }, payer: { card: 'personId' } },
    tags: (data) => [JSON.stringify(data)],
  },
  Cancelled: anything,
};
const codec = createCodec<Event>(types);
const booked: Event = {
  type: 'Booked',
  data: {
    bookerId: 'p1',
    name: 'Ada',
    companions: [
      { id: 'p2', name: 'Grace', seat: '4A' },
      { id: 'p3', name: 'Joan', seat: '4B' },
    ],
    payer: { personId: 'p4', card: { number: '4711' } },
  },
};
const everybody = ringOf('p1', 'p2', 'p3', 'p4');

describe('an event about several people', () => {
  test('seals the values of each with their own key, in lists and nested objects too', () => {
    expect(codec.subjectsOf(booked)).toEqual(['p1', 'p2', 'p3', 'p4']);
    const body = codec.encode(booked, everybody);
    expect(body.data).toEqual({
      bookerId: 'p1',
      name: { $subject: 'p1', $sealed: '"adA"' },
      companions: [
        { id: 'p2', name: { $subject: 'p2', $sealed: '"ecarG"' }, seat: '4A' },
        { id: 'p3', name: { $subject: 'p3', $sealed: '"naoJ"' }, seat: '4B' },
      ],
      payer: { personId: 'p4', card: { $subject: 'p4', $sealed: '}"1174":"rebmun"{' } },
    });
    expect(codec.decode(body, everybody)).toEqual(booked);
  });

  test('loses the values of one who is erased, and nobody else’s', () => {
    const body = codec.encode(booked, everybody);
    expect(codec.decode(body, ringOf('p1', 'p3', 'p4')).data).toEqual({
      ...booked.data,
      companions: [
        { id: 'p2', name: ERASED, seat: '4A' },
        { id: 'p3', name: 'Joan', seat: '4B' },
      ],
    });
  });

  test('shows nobody’s values to what makes tags', () => {
    const [tag] = codec.encode(booked, everybody).tags ?? [];
    expect(JSON.parse(tag ?? '')).toEqual({
      bookerId: 'p1',
      companions: [
        { id: 'p2', seat: '4A' },
        { id: 'p3', seat: '4B' },
      ],
      payer: { personId: 'p4' },
    });
  });

  test('is refused when one of them has been erased, naming the field and whose it is', () => {
    const encode = () => codec.encode(booked, ringOf('p1', 'p2', 'p4'));
    expect(encode).toThrow(
      expect.objectContaining({
        code: 'SUBJECT_ERASED',
        message: expect.stringContaining('companions[1].name'),
        facts: { subject: 'p3' },
      }),
    );
  });

  test('leaves the event that was given as it was', () => {
    const before = structuredClone(booked);
    codec.encode(booked, everybody);
    expect(booked).toEqual(before);
  });
});

test('what was erased before it is written needs no key, and is erased when read, whoever has keys', () => {
  const after: Event = {
    type: 'Booked',
    data: { bookerId: 'p1', name: ERASED, companions: [{ id: 'p2', name: ERASED, seat: '4A' }] },
  };
  expect(codec.subjectsOf(after)).toEqual([]);
  const body = codec.encode(after, ringOf());
  expect(body.data).toMatchObject({ name: { $subject: 'p1', $sealed: '' } });
  expect(codec.decode(body, everybody)).toEqual(after);
});

test('what is sealed before it is written needs no key, and stays as it is', () => {
  const first = codec.encode(booked, everybody);
  const again = { type: 'Booked', data: first.data } as unknown as Event;
  expect(codec.subjectsOf(again)).toEqual([]);
  expect(codec.encode(again, ringOf()).data).toEqual(first.data);
});

test.each(['', 7, undefined])(
  'a personal value whose subject is %j is refused: its key would be that of many people',
  (id) => {
    const event = { type: 'Booked', data: { bookerId: id, name: 'Ada', companions: [] } };
    const invalid = expect.objectContaining({ code: 'EVENT_INVALID' });
    expect(() => codec.subjectsOf(event as unknown as Event)).toThrow(invalid);
    expect(() => codec.encode(event as unknown as Event, everybody)).toThrow(invalid);
  },
);

test('the compiler asks for the mark of every personal field, and refuses one that names no text', () => {
  type One = MessagesOf<{ Booked: { id: string; n: number; guests: readonly Companion[] } }>;
  // @ts-expect-error the names of the guests have no mark
  createCodec<One>({ Booked: anything });
  // @ts-expect-error a number names nobody
  createCodec<One>({ Booked: { ...anything, personal: { guests: { name: 'n' } } } });
  // @ts-expect-error an id that the compiler knows to be plain cannot be sealed
  createCodec<One>({ Booked: { ...anything, personal: { id: 'id', guests: { name: 'id' } } } });
  createCodec<One>({ Booked: { ...anything, personal: { guests: { name: 'id' } } } });

  const sealed: SealedMessage<Event> = {
    type: 'Booked',
    data: {
      bookerId: 'p1',
      name: { $subject: 'p1', $sealed: 'x' },
      companions: [{ id: 'p2', name: { $subject: 'p2', $sealed: 'y' }, seat: '4A' }],
    },
  };
  expect(codec.types).toContain(sealed.type);
});
