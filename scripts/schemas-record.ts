// Records the versions that are not recorded yet.
import type { JsonObject } from '@tidemark/core';
import { sampleOf } from './schema-samples.ts';
import {
  fileOf,
  jsonSchemaOf,
  type KnownVersion,
  lift,
  type RecordedVersion,
  type Samples,
  type StoredPackage,
  shapeOf,
} from './stored-versions.ts';

/** The files to write, oldest versions first. @throws TypeError when no sample can be made of a shape. */
export function recordStored({
  folder,
  known,
  recorded,
}: StoredPackage): readonly { readonly file: string; readonly text: string }[] {
  const all = new Map(recorded.map((one) => [fileOf(folder, one), one]));
  return known.flatMap((version) => {
    const file = fileOf(folder, version);
    if (all.has(file)) return [];
    const made = recordOf(version, [...all.values()]);
    all.set(file, made);
    return [{ file, text: `${JSON.stringify(made, null, 2)}\n` }];
  });
}

function recordOf(version: KnownVersion, recorded: readonly RecordedVersion[]): RecordedVersion {
  const { type, schema, today } = version;
  const older = recorded.filter((one) => one.type === type && one.schema < schema);
  const liftsToThis = schema === today && older.length > 0;
  return {
    type,
    schema,
    shape: shapeOf(version),
    samples: samplesOf(version),
    ...(liftsToThis && {
      lifted: Object.fromEntries(older.map((one) => [one.schema, lift(version, one)])),
    }),
  };
}

function samplesOf(version: KnownVersion): Samples {
  const schema = jsonSchemaOf(version);
  const full = sampleOf(schema, 'full') as JsonObject;
  const least = sampleOf(schema, 'least') as JsonObject;
  try {
    for (const sample of [full, least]) version.shape.parse(sample);
  } catch (cause) {
    const wish = 'give the fields that need it .meta({ examples: [...] })';
    throw new TypeError(`${version.type}: no sample can be made of its shape; ${wish}`, { cause });
  }
  return { full, least };
}
