import { describe, expect, test } from 'vitest';
import { createCodec, type StoredTypes } from './codec.ts';
import { isFault } from './faults.ts';
import type { MessagesOf } from './message.ts';
import { ERASED, type Erased, type KeyRing, type Sealed, type SubjectKey } from './personal.ts';

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

const types: StoredTypes<Event> = {
  Joined: {
    schema: 3,
    upcasters: [
      ({ id, ...rest }) => ({ ...rest, memberId: id }),
      (data) => ({ club: 'main', ...data }),
    ],
    check: (data) => {
      if (typeof data.club !== 'string') throw new Error('club is missing');
    },
    personal: { name: 'memberId' },
    tags: (data) => [`club:${data.club}`, ...('name' in data ? ['leak'] : [])],
  },
  Left: { schema: 1, check: () => undefined },
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
    expect(codeOf(() => codec.encode(joined, nobody))).toBe('EVENT_INVALID');
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
    const second = codec.decode({ type: 'Joined', schema: 2, data: { memberId: 'm2' } }, ring);
    expect(second.data).toEqual({ memberId: 'm2', club: 'main' });
  });

  test('names what it cannot read: an unknown type, a newer shape, another shape', () => {
    const read = (type: string, schema: number, data = {}) =>
      codeOf(() => codec.decode({ type, schema, data }, ring));
    expect(read('Moved', 1)).toBe('EVENT_TYPE_UNKNOWN');
    expect(read('Joined', 4)).toBe('EVENT_SCHEMA_UNKNOWN');
    expect(read('Joined', 3)).toBe('LOG_CORRUPT');
  });

  test('cannot be made with a version that has no upcaster', () => {
    expect(codeOf(() => createCodec<Event>({ ...types, Left: { ...types.Left, schema: 2 } }))).toBe(
      'EVENT_SCHEMA_UNKNOWN',
    );
  });
});
