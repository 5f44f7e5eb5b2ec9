/** A whole number from the environment; `_` may group digits. */
export function sizeFromEnv(name: string, otherwise: number): number {
  const text = process.env[name];
  if (text === undefined || text === '') return otherwise;
  const value = Number(text.replaceAll('_', ''));
  if (!Number.isInteger(value) || value < 1)
    throw new Error(`${name} is a whole number, found "${text}"`);
  return value;
}

/** Sizes of all rows. `bench/README.md` lists them. */
export const SIZES = {
  /** Many and short, because a machine that others use changes its speed within seconds, and sides are compared round by round. */
  rounds: sizeFromEnv('ROUNDS', 9),
  roundMs: sizeFromEnv('ROUND_MS', 500),
  /** Rounds of rows that go over all their data in each. */
  passes: sizeFromEnv('PASSES', 5),
  /** Events written before the clock starts, so that the write-ahead log has grown. */
  warmEvents: sizeFromEnv('WARM_EVENTS', 32_000),
  streams: sizeFromEnv('STREAMS', 5_000),
  coldStreams: sizeFromEnv('COLD_STREAMS', 1_000_000),
  /** Events in the log where a row asks for a large one. */
  filled: sizeFromEnv('FILLED', 1_000_000),
  longStream: sizeFromEnv('LONG_STREAM', 100_000),
  longLog: sizeFromEnv('LONG_LOG', 500_000),
  catchUp: sizeFromEnv('CATCH_UP', 200_000),
  /** Events that a rebuild goes through while commands go on. */
  rebuilt: sizeFromEnv('REBUILT', 1_000_000),
  /** The long stream of peers, some of which fill it one event at a time. */
  peerStream: sizeFromEnv('PEER_STREAM', 10_000),
  /** For peers that take one event at a time: enough to tell their speed. */
  peerCatchUp: sizeFromEnv('PEER_CATCH_UP', 5_000),
  /** Streams of 100 events each that commands replay. */
  replayed: sizeFromEnv('REPLAYED', 400),
  latencySamples: sizeFromEnv('LATENCY_SAMPLES', 300),
  peerLatencySamples: sizeFromEnv('PEER_LATENCY_SAMPLES', 40),
} as const;

/** `ROWS=A1,T64` measures only these rows. */
export function isWanted(row: string): boolean {
  const wanted = process.env.ROWS;
  return wanted === undefined || wanted === '' || wanted.split(',').includes(row);
}

/** `PEERS=no` leaves the peers out. */
export const WITH_PEERS = process.env.PEERS !== 'no';

/** `PROFILE=1` profiles our side, `PROFILE=limit` the limit, `PROFILE=peers` the peers. */
export const PROFILED = process.env.PROFILE || undefined;
