import type { Options } from '../harness/contestant.ts';
import type { Contender, Row } from '../harness/row.ts';
import { SIZES } from '../harness/settings.ts';

const { filled, passes, replayed } = SIZES;
const LARGE = 'large';

interface Machine {
  /** Whether the server's load program is installed. */
  readonly pgbench: boolean;
}

function ours(workload: string, options: Options = {}): Contender {
  return { name: 'tidemark', program: 'bench/contestants/ours.ts', workload, options };
}

function limit(name: string, workload: string, options: Options = {}): Contender {
  return { name, program: 'bench/contestants/postgres-limit.ts', workload, options };
}

function peer(name: string, workload: string, options: Options = {}): Contender {
  return { name, program: `bench/peers/${name}.mjs`, workload, options };
}

/** Peers that have the operation, each by its own adapter for PostgreSQL. */
function peers(workload: string, options: Options = {}): readonly Contender[] {
  return ['emmett-postgres', 'castore-postgres', 'message-db', 'act-postgres'].map((name) =>
    peer(name, workload, options),
  );
}

/** All rows on PostgreSQL, in the order of the table. */
export function postgresRows(machine: Machine): readonly Row[] {
  return [...appendRows(machine), ...tagRows(), ...readRows(), ...commandRows(), ...followRows()];
}

function appendRows({ pgbench }: Machine): readonly Row[] {
  const a64 = ours('append', { callers: 64 });
  const one = (perCommit: number): Contender =>
    pgbench
      ? limit(`pgbench, ${perCommit} a statement`, 'pgbench', { perCommit })
      : limit(`unnest of ${perCommit}`, 'write', { perCommit });
  return [
    {
      id: 'A1',
      what: 'append 1 event, 1 caller',
      limit: one(1),
      ours: ours('append', { callers: 1 }),
      peers: peers('append', { callers: 1 }),
      wanted: { ofLimit: 0.55, ofPeers: { 'message-db': 0.9, 'emmett-postgres': 2 } },
    },
    {
      id: 'A64',
      what: 'append 1 event, 64 callers',
      limit: limit('unnest of 64', 'write', { perCommit: 64 }),
      ours: a64,
      peers: peers('append', { callers: 64 }),
      wanted: {
        ofLimit: 0.5,
        ofPeers: { 'castore-postgres': 4, 'emmett-postgres': 8, 'message-db': 10 },
      },
    },
    {
      id: 'A64x2',
      what: 'two processes, 64 callers each',
      limit: { ...a64, name: 'our A64' },
      ours: ours('pair', { callers: 64 }),
      wanted: { ofLimit: 0.9 },
    },
    ...[10, 100].map((perAppend): Row => {
      const many = { callers: 1, perAppend };
      return {
        id: `B${perAppend}`,
        what: `${perAppend} events an append, 1 caller`,
        limit: one(perAppend),
        ours: ours('append', many),
        peers: peers('append', many),
        wanted: perAppend === 10 ? { ofLimit: 0.55, ofPeer: 1.6 } : { ofLimit: 0.4, ofPeer: 1.4 },
      };
    }),
  ];
}

function tagRows(): readonly Row[] {
  const t64 = ours('tagged', { callers: 64 });
  return [
    {
      id: 'T64',
      what: '2 tags and a DCB condition, 64 callers',
      limit: { ...ours('append', { callers: 64 }), name: 'our A64' },
      ours: t64,
      peers: [peer('dcb-es', 'tagged', { callers: 64 })],
      wanted: { ofLimit: 0.6, ofPeer: 3 },
    },
    {
      id: 'T64+',
      what: `the same at ${filled.toLocaleString('en')} events, at most 1.3x slower`,
      limit: { ...t64, name: 'our T64' },
      ours: { ...ours('tagged', { callers: 64, filled }), place: LARGE },
      wanted: { ofLimit: 1 / 1.3 },
    },
  ];
}

function readRows(): readonly Row[] {
  return [
    {
      id: 'C',
      what: `read a stream of ${SIZES.longStream.toLocaleString('en')}, parsed`,
      limit: limit('pages + JSON.parse', 'read-stream'),
      ours: ours('read-stream'),
      peers: peers('read-stream'),
      wanted: { ofLimit: 0.85, ofPeer: 1.8 },
      rounds: passes,
    },
    {
      id: 'C-log',
      what: `read a log of ${SIZES.longLog.toLocaleString('en')}, parsed`,
      limit: limit('pages + JSON.parse', 'read-log'),
      ours: ours('read-log'),
      wanted: { ofLimit: 0.85 },
      rounds: passes,
    },
  ];
}

function commandRows(): readonly Row[] {
  const replay = { streams: replayed, perStream: 100 };
  const uncached = { ...replay, cacheSize: 0, warm: 500 };
  const commandPeers = (callers: number) => peers('command', { ...replay, callers });
  return [
    {
      id: 'D1',
      what: 'command on 100 events replayed, 1 caller',
      ours: ours('command', { ...uncached, callers: 1 }),
      peers: commandPeers(1),
      wanted: { ofPeer: 2.2 },
    },
    {
      id: 'D64',
      what: 'the same, 64 callers',
      ours: ours('command', { ...uncached, callers: 64 }),
      peers: commandPeers(64),
      wanted: { ofPeer: 3.5 },
    },
    {
      id: 'DC',
      what: 'command on a cached state, 64 callers; peers: their D1',
      limit: { ...ours('append', { callers: 64 }), name: 'our A64' },
      ours: ours('command', { callers: 64 }),
      peersOf: 'D1',
      wanted: { ofLimit: 0.5, ofPeer: 20 },
    },
  ];
}

function followRows(): readonly Row[] {
  return [
    {
      id: 'E',
      what: `a read model catches up on ${SIZES.catchUp.toLocaleString('en')} events`,
      limit: limit('paged read + JSON.parse', 'read-log', { events: SIZES.catchUp }),
      ours: ours('catch-up'),
      peers: [peer('emmett-postgres', 'catch-up')],
      wanted: { ofLimit: 0.55, ofPeer: 30 },
      rounds: passes,
    },
    {
      id: 'F',
      what: 'append to handler in one process',
      ours: ours('latency'),
      peers: [peer('emmett-postgres', 'latency')],
      wanted: { atMost: { p50Ms: 3, p99Ms: 15 }, ofPeer: 100 },
      rounds: passes,
    },
    {
      id: 'F2',
      what: 'append to handler between processes',
      ours: ours('latency-between'),
      wanted: { atMost: { p50Ms: 3, p99Ms: 15 } },
      rounds: passes,
    },
  ];
}
