import type { Options } from '../harness/contestant.ts';
import type { Contender, Row } from '../harness/row.ts';
import { SIZES } from '../harness/settings.ts';

const { filled, coldStreams, passes, streams } = SIZES;
/** Where rows share the large log of tagged events. */
const LARGE = 'large';

function ours(workload: string, options: Options = {}): Contender {
  return { name: 'tidemark', program: 'bench/contestants/ours.ts', workload, options };
}

function limit(name: string, workload: string, options: Options = {}): Contender {
  return { name, program: 'bench/contestants/sqlite-limit.ts', workload, options };
}

/** Emmett as it opens the file itself, and on one connection that all callers share. */
function emmett(workload: string, options: Options = {}): readonly Contender[] {
  const program = 'bench/peers/emmett-sqlite.mjs';
  return [
    { name: 'emmett', program, workload, options },
    {
      name: 'emmett, one connection',
      program,
      workload,
      options: { ...options, oneConnection: true },
    },
  ];
}

function castore(workload: string, options: Options = {}): Contender {
  const program = 'bench/peers/castore.mjs';
  return { name: 'castore in memory', program, workload, options, forScale: true };
}

/** All rows on SQLite, in the order of the table. */
export function sqliteRows(): readonly Row[] {
  return [...appendRows(), ...tagRows(), ...readRows(), ...commandRows(), ...followRows()];
}

function appendRows(): readonly Row[] {
  const a64 = ours('append', { callers: 64 });
  return [
    {
      id: 'A1',
      what: 'append 1 event, 1 caller',
      limit: limit('1 a transaction', 'write', { perCommit: 1 }),
      ours: ours('append', { callers: 1 }),
      peers: [...emmett('append', { callers: 1 }), castore('append', { callers: 1 })],
      wanted: { ofLimit: 0.75, ofPeer: 4 },
    },
    {
      id: 'A64',
      what: 'append 1 event, 64 callers',
      limit: limit('64 a transaction', 'write', { perCommit: 64 }),
      ours: a64,
      peers: [...emmett('append', { callers: 64 }), castore('append', { callers: 64 })],
      wanted: { ofLimit: 0.75, ofPeer: 12 },
    },
    {
      id: 'A64c',
      what: `the same over ${coldStreams.toLocaleString('en')} cold streams`,
      limit: limit('same streams', 'write', { perCommit: 64, streams: coldStreams, perStream: 1 }),
      ours: ours('append', { callers: 64, streams: coldStreams, perStream: 1 }),
      wanted: { ofLimit: 0.7 },
    },
    {
      id: 'A64x2',
      what: 'two processes, 64 callers each',
      limit: { ...a64, name: 'our A64' },
      ours: ours('pair', { callers: 64 }),
      wanted: { ofLimit: 0.75 },
    },
    ...[10, 100].map((perAppend): Row => {
      const many = { callers: 1, perAppend };
      return {
        id: `B${perAppend}`,
        what: `${perAppend} events an append, 1 caller`,
        limit: limit(`${perAppend} a transaction`, 'write', { perCommit: perAppend, perAppend }),
        ours: ours('append', many),
        peers: emmett('append', many),
        wanted: perAppend === 10 ? { ofLimit: 0.75, ofPeer: 4 } : { ofLimit: 0.8, ofPeer: 2.5 },
      };
    }),
  ];
}

function tagRows(): readonly Row[] {
  const size = filled.toLocaleString('en');
  const t64 = ours('tagged', { callers: 64 });
  const large = { ...ours('tagged', { callers: 64, filled }), place: LARGE };
  return [
    {
      id: 'T64',
      what: '2 tags and a DCB condition, 64 callers',
      limit: { ...ours('append', { callers: 64 }), name: 'our A64' },
      ours: t64,
      wanted: { ofLimit: 0.5 },
    },
    {
      id: 'T64+',
      what: `the same at ${size} events, at most 1.3x slower`,
      limit: { ...t64, name: 'our T64' },
      ours: large,
      wanted: { ofLimit: 1 / 1.3 },
    },
    {
      id: 'T1',
      what: `"ever unique" (after 0) at ${size} events`,
      limit: { ...t64, name: 'our T64' },
      ours: { ...ours('tagged', { callers: 64, filled, after: 'beginning' }), place: LARGE },
      wanted: { ofLimit: 0.6 },
    },
  ];
}

function readRows(): readonly Row[] {
  const stream = `read a stream of ${SIZES.longStream.toLocaleString('en')}`;
  const log = `read a log of ${SIZES.longLog.toLocaleString('en')}`;
  return [
    {
      id: 'C',
      what: `${stream}, parsed`,
      limit: limit('rows + JSON.parse', 'read-stream'),
      ours: ours('read-stream'),
      peers: [...emmett('read-stream'), castore('read-stream')],
      wanted: { ofLimit: 0.85, ofPeer: 3 },
      rounds: passes,
    },
    {
      id: 'C-log',
      what: `${log}, parsed`,
      limit: limit('rows + JSON.parse', 'read-log'),
      ours: ours('read-log'),
      wanted: { ofLimit: 0.85 },
      rounds: passes,
    },
  ];
}

function commandRows(): readonly Row[] {
  const replay = { streams, perStream: 100 };
  const uncached = { ...replay, cacheSize: 0, warm: 500 };
  const peers = (callers: number): readonly Contender[] => [
    ...emmett('command', { ...replay, callers }),
    castore('command', { ...replay, callers }),
  ];
  return [
    {
      id: 'D1',
      what: 'command on 100 events replayed, 1 caller',
      limit: limit('bare rehydration', 'rehydrate', replay),
      ours: ours('command', { ...uncached, callers: 1 }),
      peers: peers(1),
      wanted: { ofLimit: 0.65, ofPeer: 8 },
    },
    {
      id: 'D64',
      what: 'the same, 64 callers',
      limit: limit('bare rehydration', 'rehydrate', replay),
      ours: ours('command', { ...uncached, callers: 64 }),
      peers: peers(64),
      wanted: { ofLimit: 0.85, ofPeer: 8 },
    },
    {
      id: 'DC',
      what: 'command on a cached state, 64 callers; peers: their D1',
      limit: { ...ours('append', { callers: 64 }), name: 'our A64' },
      ours: ours('command', { callers: 64 }),
      peersOf: 'D1',
      wanted: { ofLimit: 0.6, ofPeer: 50 },
    },
  ];
}

function followRows(): readonly Row[] {
  return [
    {
      id: 'E',
      what: `a read model catches up on ${SIZES.catchUp.toLocaleString('en')} events`,
      limit: limit('batch upserts', 'catch-up'),
      ours: ours('catch-up'),
      peers: emmett('catch-up'),
      wanted: { ofLimit: 0.6, ofPeer: 30 },
      rounds: passes,
    },
    {
      id: 'R',
      what: `rebuild over ${SIZES.rebuilt.toLocaleString('en')} events, 500 commands a second going on`,
      limit: { ...ours('catch-up'), name: 'our E' },
      ours: ours('rebuild'),
      wanted: { ofLimit: 0.6 },
      // A round is one rebuild; this is the time that a slow machine is given for it.
      roundMs: 60_000,
      rounds: 3,
    },
    {
      id: 'F',
      what: 'append to handler in one process',
      ours: ours('latency'),
      peers: emmett('latency'),
      wanted: { atMost: { p50Ms: 1, p99Ms: 10 }, ofPeer: 100 },
      rounds: passes,
    },
    {
      id: 'F2',
      what: 'append to handler between processes',
      ours: ours('latency-between'),
      wanted: { atMost: { p50Ms: 3, p99Ms: 15 } },
      rounds: passes,
    },
    {
      id: 'S',
      what: `kill -9 at ${filled.toLocaleString('en')} events: start to first acknowledged append`,
      ours: { ...ours('restart'), place: LARGE },
      wanted: { atMost: { tookMs: 2_000 } },
      rounds: 3,
    },
  ];
}
