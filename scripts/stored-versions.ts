// What every `stored.ts` says of the versions of its types, and what was recorded of them beside it.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Codec, JsonObject, Message, Shape } from '@tidemark/core';
import { type JsonSchema, plainShape, type SampleKind } from './schema-samples.ts';

/** Data as it would be stored: with every field, and with only what must be there. */
export type Samples = Readonly<Record<SampleKind, JsonObject>>;

/** What a file in `stored-samples` holds. Written once. */
export interface RecordedVersion {
  readonly type: string;
  readonly schema: number;
  /** JSON Schema without what is only for people. */
  readonly shape: JsonSchema;
  readonly samples: Samples;
  /** By older version: its samples as this version has them. */
  readonly lifted?: Readonly<Record<string, Samples>>;
}

/** One shape in which a type was ever stored. */
export interface KnownVersion {
  readonly type: string;
  readonly schema: number;
  /** Version in which the type is stored today. */
  readonly today: number;
  readonly codec: Codec<Message>;
  readonly shape: Shape<unknown>;
}

/** A package that has a `stored.ts`. */
export interface StoredPackage {
  /** From the root, for example `services/flights`. */
  readonly folder: string;
  readonly known: readonly KnownVersion[];
  readonly recorded: readonly RecordedVersion[];
}

/** All packages and services of a tree that store something. */
export async function readStoredPackages(root: string): Promise<readonly StoredPackage[]> {
  const folders = ['packages', 'services'].flatMap((kind) =>
    existsSync(join(root, kind))
      ? readdirSync(join(root, kind)).map((name) => `${kind}/${name}`)
      : [],
  );
  const storing = folders.filter((folder) => existsSync(join(root, folder, 'src/stored.ts')));
  return Promise.all(storing.map((folder) => readStoredPackage(root, folder)));
}

async function readStoredPackage(root: string, folder: string): Promise<StoredPackage> {
  const module = await import(pathToFileURL(join(root, folder, 'src/stored.ts')).href);
  const codecs = Object.values(module as Record<string, unknown>).filter(isCodec);
  const known = codecs.flatMap((codec) =>
    Object.entries(codec.shapes).flatMap(([type, shapes]) =>
      shapes.map((shape, place) => ({
        ...{ type, codec, shape },
        schema: place + 1,
        today: shapes.length,
      })),
    ),
  );
  return { folder, known, recorded: readRecorded(join(root, folder, 'stored-samples')) };
}

function isCodec(value: unknown): value is Codec<Message> {
  return typeof value === 'object' && value !== null && 'shapes' in value && 'decode' in value;
}

function readRecorded(folder: string): readonly RecordedVersion[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .filter((name) => name.endsWith('.json'))
    .sort()
    .map((name) => JSON.parse(readFileSync(join(folder, name), 'utf8')) as RecordedVersion);
}

/** Where a version is recorded, from the root. */
export function fileOf(
  folder: string,
  { type, schema }: Pick<RecordedVersion, 'type' | 'schema'>,
): string {
  return `${folder}/stored-samples/${type}.v${schema}.json`;
}

/** The JSON Schema of a zod schema, as it is written there. @throws TypeError for another, or what JSON cannot hold. */
export function jsonSchemaOf({ type, schema, shape }: KnownVersion): JsonSchema {
  const { toJSONSchema } = shape as { readonly toJSONSchema?: (options: object) => JsonSchema };
  if (toJSONSchema !== undefined) return toJSONSchema.call(shape, { io: 'input' });
  throw new TypeError(`${type}: the shape of version ${schema} is not a zod schema`);
}

/** What of a shape must not change. */
export function shapeOf(version: KnownVersion): JsonSchema {
  return plainShape(jsonSchemaOf(version));
}

/** The samples of an older version as today's codec reads them. */
export function lift({ type, codec }: KnownVersion, { schema, samples }: RecordedVersion): Samples {
  const read = (data: JsonObject) => codec.decodeSealed({ type, schema, data }).data as JsonObject;
  return { full: read(samples.full), least: read(samples.least) };
}
