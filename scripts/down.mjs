// Stops the platform of one DATA_DIR, by the process id it wrote there, and waits until it has ended.
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';

const WAIT_MS = 20_000;
const LOOK_AGAIN_MS = 50;

const dataDir = resolve(process.env.DATA_DIR ?? './data');
const pidFile = join(dataDir, 'platform.pid');
const pid = existsSync(pidFile) ? Number(readFileSync(pidFile, 'utf8')) : undefined;

if (pid === undefined || !isPlatform(pid)) {
  rmSync(pidFile, { force: true });
  console.log(`Nothing to stop: no platform runs on ${dataDir}.`);
} else {
  process.kill(pid, 'SIGTERM');
  const giveUpAt = Date.now() + WAIT_MS;
  while (isPlatform(pid) && Date.now() < giveUpAt) await wait(LOOK_AGAIN_MS);
  if (isPlatform(pid)) {
    console.error(
      `Process ${pid} has not ended within ${WAIT_MS / 1_000} s; it is still stopping.`,
    );
    process.exitCode = 1;
  } else {
    console.log(`Stopped the platform on ${dataDir} (process ${pid}).`);
  }
}

/** A process id is used again after a crash: only a process that runs the platform counts. */
function isPlatform(processId) {
  if (!Number.isInteger(processId) || processId <= 1) return false;
  try {
    const args = argsOf(processId);
    return args.includes('platform/dist/main.js') && !args.startsWith('Z');
  } catch {
    return false;
  }
}

/** Linux tells without a program, and nothing of a process that has ended; small systems have no ps. */
function argsOf(processId) {
  if (existsSync('/proc/self/cmdline')) return readFileSync(`/proc/${processId}/cmdline`, 'utf8');
  return execFileSync('ps', ['-p', String(processId), '-o', 'stat=,args='], { encoding: 'utf8' });
}
