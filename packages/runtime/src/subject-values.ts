import { ERASED, isSealed, type JsonObject, type SubjectKey } from '@tidemark/core';

/** Stands in an export where personal data of somebody else is. */
const WITHHELD = { withheld: true };

/** Paths of the sealed values of a subject in some stored data, each once; `[]` stands for every item of a list. */
export function sealedFieldsOf(data: unknown, subject: string): ReadonlySet<string> {
  const found = new Set<string>();
  const look = (value: unknown, path: string): void => {
    if (typeof value !== 'object' || value === null) return;
    if (isSealed(value)) {
      if (value.$subject === subject) found.add(path);
    } else if (Array.isArray(value)) {
      for (const item of value) look(item, `${path}[]`);
    } else {
      for (const [field, item] of Object.entries(value)) {
        look(item, path === '' ? field : `${path}.${field}`);
      }
    }
  };
  look(data, '');
  return found;
}

/** The data as its subject may see it: their own values opened, `ERASED` without a key, those of others withheld. */
export function openForSubject(
  data: object,
  subject: string,
  key: SubjectKey | undefined,
): JsonObject {
  const open = (value: unknown): unknown => {
    if (typeof value !== 'object' || value === null) return value;
    if (Array.isArray(value)) return value.map(open);
    if (!isSealed(value)) {
      return Object.fromEntries(Object.entries(value).map(([field, item]) => [field, open(item)]));
    }
    if (value.$subject !== subject) return WITHHELD;
    return key === undefined || value.$sealed === '' ? ERASED : key.open(value);
  };
  return open(data) as JsonObject;
}
