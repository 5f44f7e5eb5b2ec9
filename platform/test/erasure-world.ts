import { createDecipheriv, hkdfSync } from 'node:crypto';
import { cp, mkdir, readdir, readFile, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { openSqlite } from '@tidemark/store-sqlite';
import { createLogger } from '@tidemark/telemetry';
import { type Platform, readPlatformConfig, startPlatform } from '../src/index.ts';

const LOGS = ['flights', 'passengers', 'audit'];
const PURPOSE = 'tidemark personal keys, version 1';

/** The platform in this process, with every line of its log kept. */
export async function startHere(
  dataDir: string,
  env: Readonly<Record<string, string>> = {},
): Promise<Platform> {
  await mkdir(join(dataDir, 'logs'), { recursive: true });
  const config = readPlatformConfig({ DATA_DIR: dataDir, PORT: '0', ...env });
  const destination = join(dataDir, 'logs/platform.log');
  return startPlatform(config, createLogger({ level: 'debug', destination }));
}

/** A backup as the guide says: of one file at one moment, also while the platform runs. */
async function copyDatabase(from: string, to: string): Promise<void> {
  const database = await openSqlite(from);
  await rm(to, { force: true });
  database.prepare('VACUUM INTO ?').run(to);
  database.close();
}

async function putBack(copy: string, to: string): Promise<void> {
  for (const file of [to, `${to}-wal`, `${to}-shm`]) await rm(file, { force: true });
  await cp(copy, to);
}

/** Copies of the logs, and of the keys apart from them, as they are now. */
export async function backUp(dataDir: string) {
  const folder = join(dirname(dataDir), 'backup');
  await mkdir(folder, { recursive: true });
  for (const name of LOGS) await copyDatabase(`${dataDir}/${name}.db`, `${folder}/${name}.db`);
  await copyDatabase(`${dataDir}/keys.db`, `${folder}/keys.copy`);
  return {
    folder,
    /** What can be built again is removed with it: it may be ahead of an old log. */
    putBackLogs: async () => {
      for (const name of LOGS) {
        await putBack(`${folder}/${name}.db`, `${dataDir}/${name}.db`);
        for (const end of ['', '-wal', '-shm']) {
          await rm(`${dataDir}/${name}.read.db${end}`, { force: true });
        }
      }
    },
    putBackKeys: () => putBack(`${folder}/keys.copy`, `${dataDir}/keys.db`),
  };
}

/** A key of a person: as it seals, and as it is stored. */
export interface FoundKey {
  readonly opened: Buffer;
  /** Without version and nonce: the part that holds the key. */
  readonly wrapped: Buffer;
}

/** All keys of a platform, opened as the stored form says and without the code that made it. */
export async function keysOf(dataDir: string): Promise<ReadonlyMap<string, FoundKey>> {
  const secret = (await readFile(`${dataDir}.key`, 'utf8')).trim();
  const database = await openSqlite(`${dataDir}/keys.db`);
  const settings = database.prepare('SELECT salt FROM key_settings').get() as { salt: Uint8Array };
  const master = Buffer.from(hkdfSync('sha256', secret, settings.salt, PURPOSE, 32));
  const rows = database.prepare('SELECT subject, wrapped FROM subject_keys').all() as {
    readonly subject: string;
    readonly wrapped: Uint8Array;
  }[];
  database.close();
  return new Map(
    rows.map(({ subject, wrapped }) => {
      const decipher = createDecipheriv('aes-256-gcm', master, wrapped.subarray(1, 13));
      decipher.setAAD(Buffer.from(subject)).setAuthTag(wrapped.subarray(45));
      const opened = Buffer.concat([decipher.update(wrapped.subarray(13, 45)), decipher.final()]);
      return [subject, { opened, wrapped: Buffer.from(wrapped.subarray(13)) }];
    }),
  );
}

/** What must be found nowhere. */
export interface Trace {
  /** For the message of the test. */
  readonly what: string;
  readonly bytes: Buffer;
}

/** A text, plain and as anybody might have written it down. */
export function tracesOfText(text: string): readonly Trace[] {
  const utf16 = { what: `"${text}" in UTF-16`, bytes: Buffer.from(text, 'utf16le') };
  return [...tracesOfBytes(`"${text}"`, Buffer.from(text)), utf16];
}

/** Bytes, raw and as text. */
export function tracesOfBytes(what: string, bytes: Buffer): readonly Trace[] {
  const texts = (['hex', 'base64', 'base64url'] as const).map((form) => ({
    what: `${what} in ${form}`,
    // Padding is left off, and the last digit, which may hold what follows: a part of a longer text is found, too.
    bytes: Buffer.from(bytes.toString(form).replace(/.?=*$/, '')),
  }));
  return [{ what, bytes }, ...texts];
}

/** Where a trace is found in the files of some folders, however deep. */
export async function foundInFiles(
  folders: readonly string[],
  traces: readonly Trace[],
): Promise<readonly string[]> {
  const found: string[] = [];
  for (const folder of folders) {
    const entries = await readdir(folder, { recursive: true, withFileTypes: true });
    for (const entry of entries.filter((one) => one.isFile())) {
      const path = join(entry.parentPath ?? entry.path, entry.name);
      found.push(...foundIn(path, await readIfThere(path), traces));
    }
  }
  return found;
}

/** A running server removes files of its own; what is gone holds nothing. */
function readIfThere(path: string): Promise<Buffer> {
  return readFile(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return Buffer.alloc(0);
    throw error;
  });
}

export function foundIn(where: string, bytes: Buffer, traces: readonly Trace[]): readonly string[] {
  return traces
    .filter((trace) => bytes.includes(trace.bytes))
    .map(({ what }) => `${what}: ${where}`);
}
