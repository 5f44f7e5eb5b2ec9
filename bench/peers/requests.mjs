// Sends requests over 64 connections, from this process, to a server in another: the whole platform, or a bare server.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { ensureBuilt } from '../../scripts/build.mjs';
import { contest } from '../harness/contestant.ts';
import { printProfiles } from '../harness/profile.ts';
import { PROFILED } from '../harness/settings.ts';
import { load } from './load.mjs';

const autocannon = (await load('autocannon')).default;

/** As `make up` starts the platform. */
const FLAGS = ['--max-semi-space-size=32'];
const CONNECTIONS = 64;
const WARM_MS = 3_000;
const BODY = JSON.stringify({ flightNumber: 'TM 1842', origin: 'Oslo', destination: 'Rome' });

contest({
  platform: async (task) => {
    // A profile of the bundle would not name the files that its functions come from.
    if (PROFILED === '1') return prepare('platform/src/main.ts', task);
    await ensureBuilt(['platform']);
    return prepare('platform/dist/main.js', task);
  },
  bare: (task) => prepare('bench/contestants/bare-server.ts', task),
});

/** Starts a program that prints the address where it answers. */
async function prepare(program, task) {
  const profiles =
    PROFILED === '1' ? await mkdtemp(join(tmpdir(), 'tidemark-profile-')) : undefined;
  const profile = profiles === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${profiles}`];
  const loader = program.endsWith('.ts') ? ['--import', 'tsx'] : [];
  const server = spawn(process.execPath, [...FLAGS, ...profile, ...loader, program], {
    env: { ...process.env, DATA_DIR: join(task.folder, 'data'), HOST: '127.0.0.1', PORT: '0' },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const gone = once(server, 'exit');
  process.on('exit', () => server.kill('SIGKILL'));
  const url = await Promise.race([
    addressIn(server.stdout),
    gone.then(([code]) => Promise.reject(new Error(`${program} ended with ${code}`))),
  ]);
  await send(url, WARM_MS);
  return {
    round: (forMs) => send(url, forMs),
    close: async () => {
      server.kill('SIGTERM');
      await gone;
      if (profiles !== undefined) await printProfiles(program, profiles);
    },
  };
}

async function send(url, forMs) {
  const result = await autocannon({
    url: `${url}/api/flights`,
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: BODY,
    connections: CONNECTIONS,
    duration: forMs / 1_000,
  });
  const refused = result.non2xx + result.errors;
  return {
    perSecond: (result['2xx'] * 1_000) / forMs,
    p50Ms: result.latency.p50,
    p99Ms: result.latency.p99,
    note: `p50 ${result.latency.p50} ms, p99 ${result.latency.p99} ms${refused > 0 ? `; ${refused} REFUSED` : ''}`,
  };
}

async function addressIn(output) {
  for await (const line of createInterface(output)) {
    const address = /http:\/\/127\.0\.0\.1:\d+/.exec(line)?.[0];
    if (address !== undefined) return address;
  }
  throw new Error('it named no address');
}
