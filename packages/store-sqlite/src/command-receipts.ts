import { crc32 } from 'node:zlib';
import { Fault, type Receipt, type StreamName } from '@tidemark/core';
import type { SqliteDatabase } from './open-sqlite.ts';
import { prepareTuples } from './rows.ts';

const INSERT_COMMAND =
  'INSERT INTO commands (id, last_pos, events, fingerprint, crc) VALUES (?, ?, ?, ?, ?)';
const FIND_COMMAND = 'SELECT last_pos, events, fingerprint, crc FROM commands WHERE id = ?';
const REVISIONS_OF_COMMAND = `
  SELECT s.name, max(e.revision) FROM events e JOIN streams s ON s.sid = e.sid
  WHERE e.pos > ? AND e.pos <= ? GROUP BY e.sid ORDER BY min(e.pos)`;

/** An accepted command as it is stored: its events are the last ones up to `lastPos`. */
export interface StoredCommand {
  readonly id: string;
  readonly lastPos: number;
  readonly events: number;
  readonly fingerprint: string | undefined;
}

/** What the store remembers of accepted commands. */
export interface CommandReceipts {
  readonly add: (command: StoredCommand) => void;
  /** @throws LOG_CORRUPT when the row does not match its checksum. */
  readonly find: (commandId: string) => Receipt | undefined;
}

/** The commands of a store, over one connection. */
export function createCommandReceipts(database: SqliteDatabase): CommandReceipts {
  const insert = database.prepare(INSERT_COMMAND);
  const find = prepareTuples<[number, number, string | null, number]>(database, FIND_COMMAND);
  const revisionsOf = prepareTuples<[string, number]>(database, REVISIONS_OF_COMMAND);
  return {
    add: (command) => {
      const { id, lastPos, events, fingerprint } = command;
      insert.run(id, lastPos, events, fingerprint ?? null, checksumOf(command));
    },
    find: (id) => {
      const row = find.first(id);
      if (row === undefined) return undefined;
      const [lastPos, events, fingerprint, crc] = row;
      assertIntact({ id, lastPos, events, fingerprint: fingerprint ?? undefined }, crc);
      const revisions: Record<StreamName, number> = Object.fromEntries(
        revisionsOf.all(lastPos - events, lastPos),
      );
      const position = BigInt(lastPos);
      return fingerprint === null ? { position, revisions } : { position, revisions, fingerprint };
    },
  };
}

function checksumOf({ id, lastPos, events, fingerprint }: StoredCommand): number {
  return crc32(`${id}\0${lastPos}\0${events}\0${fingerprint ?? ''}`);
}

function assertIntact(command: StoredCommand, crc: number): void {
  if (checksumOf(command) === crc) return;
  throw new Fault('LOG_CORRUPT', 'the receipt of a command does not match its checksum', {
    facts: { commandId: command.id, position: String(command.lastPos) },
  });
}
