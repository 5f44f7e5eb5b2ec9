import { Fault } from './faults.ts';
import type { JsonObject } from './message.ts';
import { type Erased, isErased, isSealed, type KeyRing, type Sealed } from './personal.ts';

/** Names of the fields that can name a data subject. */
type SubjectField<Data> = {
  [Field in keyof Data & string]-?: Data[Field] extends string ? Field : never;
}[keyof Data & string];

type IsPersonal<Value> = unknown extends Value ? false : Erased extends Value ? true : false;

/** An item of a list, or the object itself. */
type ItemOf<Value> = NonNullable<Value> extends readonly (infer Item)[] ? Item : NonNullable<Value>;

/** Objects are looked into, and lists of objects. */
type HoldsPersonal<Value> = unknown extends Value
  ? false
  : ItemOf<Value> extends object
    ? HasPersonal<ItemOf<Value>>
    : false;

/** Whether some data has fields of type `T | Erased`, however deep. */
export type HasPersonal<Data> = true extends {
  [Field in keyof Data]-?: IsPersonal<Data[Field]> extends true ? true : HoldsPersonal<Data[Field]>;
}[keyof Data]
  ? true
  : false;

/**
 * The personal fields of some data: all of type `T | Erased`, each with the field beside it that names its data
 * subject. For an object, or a list of objects, that holds such fields: the same for the object, or for each item.
 * What belongs to somebody who is named further out is sealed as one value: `address: 'passengerId'`.
 *
 * @example
 * const personal: PersonalFields<Booked> = { name: 'passengerId', companions: { name: 'id' } };
 */
export type PersonalFields<Data> = {
  readonly [Field in keyof Data & string as IsPersonal<Data[Field]> extends true
    ? Field
    : never]-?: SubjectField<Data>;
} & {
  readonly [Field in keyof Data & string as IsPersonal<Data[Field]> extends true
    ? never
    : HoldsPersonal<Data[Field]> extends true
      ? Field
      : never]-?: PersonalFields<ItemOf<Data[Field]>>;
};

/** Personal fields as they are worked with: a field's mark is the field of its subject, or the marks inside it. */
export interface PersonalMarks {
  readonly [field: string]: string | PersonalMarks;
}

/** What a personal value becomes. `field` is its path, for people. */
type Change = (value: unknown, subject: string, field: string) => unknown;

/** Subjects of the personal values that need a key to be sealed. @throws EVENT_INVALID when one names no subject. */
export function subjectsToSeal(data: JsonObject, marks: PersonalMarks): readonly string[] {
  const subjects = new Set<string>();
  changePersonal(data, marks, (value, subject) => {
    if (!isErased(value) && !isSealed(value)) subjects.add(subject);
  });
  return [...subjects];
}

/**
 * The data with its personal values sealed. What is sealed already stays so, and `ERASED` is stored as a value that no
 * key opens.
 * @throws SUBJECT_ERASED when a subject has no key; EVENT_INVALID when a value names no subject.
 */
export function sealPersonal(data: JsonObject, marks: PersonalMarks, ring: KeyRing): JsonObject {
  return changePersonal(data, marks, (value, $subject, field): Sealed => {
    if (isSealed(value)) return value;
    if (isErased(value)) return { $subject, $sealed: '' };
    const key = ring.get($subject);
    if (key !== undefined) return key.seal(value);
    throw new Fault('SUBJECT_ERASED', `${field}: its data subject has been erased`, {
      facts: { subject: $subject },
    });
  });
}

/** The data without its personal values. */
export function withoutPersonal(data: JsonObject, marks: PersonalMarks): JsonObject {
  return changePersonal(data, marks, () => undefined);
}

/** A copy in which every personal value has become what `change` says; `undefined` takes it out. */
function changePersonal(data: JsonObject, marks: PersonalMarks, change: Change): JsonObject {
  const copy: Record<string, unknown> = { ...data };
  for (const [field, mark] of Object.entries(marks)) {
    const value = data[field];
    if (value === undefined) continue;
    const changed =
      typeof mark === 'string'
        ? change(value, subjectOf(data, mark, field), field)
        : changeInside(value, (item, place) =>
            changePersonal(item, mark, (inner, subject, path) =>
              change(inner, subject, `${field}${place}.${path}`),
            ),
          );
    if (changed === undefined) delete copy[field];
    else copy[field] = changed;
  }
  return copy;
}

function changeInside(
  value: unknown,
  change: (item: JsonObject, place: string) => JsonObject,
): unknown {
  if (Array.isArray(value)) {
    return value.map((item, index) => (isObject(item) ? change(item, `[${index}]`) : item));
  }
  return isObject(value) ? change(value, '') : value;
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function subjectOf(data: JsonObject, subjectField: string, path: string): string {
  const subject = data[subjectField];
  if (typeof subject === 'string' && subject !== '') return subject;
  throw new Fault('EVENT_INVALID', `${path}: "${subjectField}" beside it names no data subject`);
}
