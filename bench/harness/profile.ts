import { mkdtemp, readdir, readFile, writeFile } from 'node:fs/promises';
import { type Profiler, Session } from 'node:inspector/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const SHOWN = 15;
const SAMPLE_EVERY_US = 500;

/**
 * Profiles this process until the answered function is called, which keeps the profile in a temporary folder
 * and prints the functions that took most time of their own.
 */
export async function startProfile(name: string): Promise<() => Promise<void>> {
  const session = new Session();
  session.connect();
  await session.post('Profiler.enable');
  await session.post('Profiler.setSamplingInterval', { interval: SAMPLE_EVERY_US });
  await session.post('Profiler.start');
  return async () => {
    const { profile } = await session.post('Profiler.stop');
    session.disconnect();
    const file = join(await mkdtemp(join(tmpdir(), 'tidemark-profile-')), `${name}.cpuprofile`);
    await writeFile(file, JSON.stringify(profile));
    console.error(`\n${name}: ${file}\n${describeTop(profile)}`);
  };
}

/** Prints the same for the profiles that `node --cpu-prof` left in a folder. */
export async function printProfiles(name: string, folder: string): Promise<void> {
  for (const file of await readdir(folder)) {
    const path = join(folder, file);
    const profile = JSON.parse(await readFile(path, 'utf8')) as Profiler.Profile;
    console.error(`\n${name}: ${path}\n${describeTop(profile)}`);
  }
}

function describeTop(profile: Profiler.Profile): string {
  const samples = new Map<number, number>();
  for (const id of profile.samples ?? []) samples.set(id, (samples.get(id) ?? 0) + 1);
  const own = new Map<string, number>();
  for (const { id, callFrame } of profile.nodes) {
    const place = callFrame.url.split('/').slice(-2).join('/');
    const name = `${callFrame.functionName || '(anonymous)'}  ${place}:${callFrame.lineNumber + 1}`;
    own.set(name, (own.get(name) ?? 0) + (samples.get(id) ?? 0));
  }
  const all = profile.samples?.length ?? 1;
  return [...own]
    .sort(([, a], [, b]) => b - a)
    .slice(0, SHOWN)
    .map(([name, count]) => `${((100 * count) / all).toFixed(1).padStart(6)} %  ${name}`)
    .join('\n');
}
