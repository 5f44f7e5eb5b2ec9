// Compares what `stored.ts` says with what was recorded, and reads every recorded sample.
import { isDeepStrictEqual } from 'node:util';
import {
  fileOf,
  type KnownVersion,
  lift,
  type RecordedVersion,
  type StoredPackage,
  shapeOf,
} from './stored-versions.ts';

/** What is wrong, and what only has to be recorded; each says what to do. */
export interface Findings {
  readonly problems: readonly string[];
  readonly unrecorded: readonly string[];
}

/** Looks at every version that is known, and every one that was recorded. */
export function checkStored(packages: readonly StoredPackage[]): Findings {
  return {
    problems: packages.flatMap((one) => [...twice(one), ...changed(one), ...forgotten(one)]),
    unrecorded: packages.flatMap(unrecorded),
  };
}

function unrecorded({ folder, known, recorded }: StoredPackage): readonly string[] {
  const files = new Set(recorded.map((one) => fileOf(folder, one)));
  return known
    .filter((version) => !files.has(fileOf(folder, version)))
    .map(({ type, schema }) =>
      [
        `${folder}: version ${schema} of ${type} is not recorded.`,
        '  npm run schemas:record, and commit what it writes: once it is released it may not change.',
      ].join('\n'),
    );
}

/** A type says alone, without its codec, how an event is read. */
function twice({ folder, known }: StoredPackage): readonly string[] {
  const types = known.filter(({ schema }) => schema === 1).map(({ type }) => type);
  return types
    .filter((type, place) => types.indexOf(type) < place)
    .map((type) => `${folder}: two codecs store a type ${type}. Name one of them otherwise.`);
}

function changed({ folder, known, recorded }: StoredPackage): readonly string[] {
  return known.flatMap((version) => {
    const was = recorded.find((one) => isOf(version, one));
    if (was === undefined) return [];
    const shape = differences(was.shape, shapeOf(version));
    if (shape.length > 0) return [otherShape(folder, version, shape)];
    return version.schema === version.today ? readOtherwise(folder, version, recorded) : [];
  });
}

function isOf(version: KnownVersion, { type, schema }: RecordedVersion): boolean {
  return version.type === type && version.schema === schema;
}

function otherShape(folder: string, version: KnownVersion, found: readonly string[]): string {
  const { type, schema, today } = version;
  const isToday = schema === today;
  return [
    `${folder}: version ${schema} of ${type} has another shape than was recorded.`,
    ...found.map((line) => `  ${line}`),
    '  Events of the recorded shape are in logs, and would no longer be read as they were written.',
    isToday
      ? `  In ${folder}/src/stored.ts put the recorded shape back, and chain the new one behind it as version ${schema + 1}:`
      : `  In ${folder}/src/stored.ts put the recorded shape back: a version that was stored never changes.`,
    ...(isToday
      ? [
          `    ${type}: storedAs(recorded).next(changed, (old) => ({ ...old, … })),`,
          '  then npm run schemas:record.',
        ]
      : []),
    `  Was it never stored but on your machine? Then delete ${fileOf(folder, version)} and record it again.`,
  ].join('\n');
}

/** The samples of all versions are read as they were when today's version was recorded. */
function readOtherwise(
  folder: string,
  today: KnownVersion,
  recorded: readonly RecordedVersion[],
): readonly string[] {
  const ofType = recorded.filter(({ type }) => type === today.type);
  const newest = ofType.find(({ schema }) => schema === today.schema);
  return ofType.flatMap((one) => {
    const was = one === newest ? one.samples : newest?.lifted?.[one.schema];
    const problem = readProblem(today, one, was);
    const what = `${folder}: samples of version ${one.schema} of ${today.type}`;
    return problem === undefined ? [] : [`${what} ${problem}`];
  });
}

function readProblem(today: KnownVersion, one: RecordedVersion, was: unknown): string | undefined {
  try {
    const found = differences(was, lift(today, one));
    if (found.length === 0) return undefined;
    return [
      'are read otherwise than was recorded.',
      ...found.map((line) => `  ${line}`),
      '  Read models have folded them as they were read before. Put the upcaster back.',
    ].join('\n');
  } catch (error) {
    return `cannot be read: ${error instanceof Error ? error.message : String(error)}.`;
  }
}

function forgotten({ folder, known, recorded }: StoredPackage): readonly string[] {
  return recorded
    .filter((one) => !known.some((version) => isOf(version, one)))
    .map(({ type, schema }) =>
      [
        `${folder}: version ${schema} of ${type} was stored, and nothing can read it any more.`,
        `  Put it back into ${folder}/src/stored.ts: a type that is no longer written is still read.`,
      ].join('\n'),
    );
}

/** Where two JSON values differ, a line each. */
function differences(was: unknown, is: unknown, path = ''): readonly string[] {
  if (isDeepStrictEqual(was, is)) return [];
  if (!isObject(was) || !isObject(is)) return [`${path || 'it'}: was ${show(was)}, is ${show(is)}`];
  const names = [...new Set([...Object.keys(was), ...Object.keys(is)])];
  return names.flatMap((name) =>
    differences(was[name], is[name], path === '' ? name : `${path}.${name}`),
  );
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function show(value: unknown): string {
  return value === undefined ? 'absent' : JSON.stringify(value);
}
