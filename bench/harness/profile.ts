import { mkdtemp, readdir, readFile, writeFile } from 'node:fs/promises';
import { type Profiler, Session } from 'node:inspector/promises';
import { findSourceMap } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const SHOWN = 15;
const SAMPLE_EVERY_US = 500;

/** Profiles what is given to it, and nothing in between. */
export interface Profile {
  readonly during: <Result>(work: () => Promise<Result>) => Promise<Result>;
  /** Prints the functions that took most time of their own over all rounds. */
  readonly print: () => void;
}

/** Keeps a `.cpuprofile` a round in a temporary folder that stays. */
export async function createProfile(name: string): Promise<Profile> {
  const session = new Session();
  session.connect();
  await session.post('Profiler.enable');
  await session.post('Profiler.setSamplingInterval', { interval: SAMPLE_EVERY_US });
  const folder = await mkdtemp(join(tmpdir(), 'tidemark-profile-'));
  const profiles: Profiler.Profile[] = [];
  return {
    during: async (work) => {
      await session.post('Profiler.start');
      const result = await work();
      const { profile } = await session.post('Profiler.stop');
      profiles.push(profile);
      const file = join(folder, `${name}-${profiles.length}.cpuprofile`);
      await writeFile(file, JSON.stringify(profile));
      return result;
    },
    print: () => console.error(`\n${name}, profiles in ${folder}\n${describeTop(profiles)}`),
  };
}

/** Prints the same for the profiles that `node --cpu-prof` left in a folder. */
export async function printProfiles(name: string, folder: string): Promise<void> {
  const texts = await Promise.all(
    (await readdir(folder)).map((file) => readFile(join(folder, file), 'utf8')),
  );
  const profiles = texts.map((text) => JSON.parse(text) as Profiler.Profile);
  console.error(`\n${name}, profiles in ${folder}\n${describeTop(profiles)}`);
}

function describeTop(profiles: readonly Profiler.Profile[]): string {
  const own = new Map<string, number>();
  let all = 0;
  for (const { nodes, samples = [] } of profiles) {
    const names = new Map(nodes.map(({ id, callFrame }) => [id, nameOf(callFrame)]));
    for (const id of samples) {
      const name = names.get(id) ?? '?';
      own.set(name, (own.get(name) ?? 0) + 1);
    }
    all += samples.length;
  }
  return [...own]
    .sort(([, a], [, b]) => b - a)
    .slice(0, SHOWN)
    .map(([name, count]) => `${((100 * count) / all).toFixed(1).padStart(6)} %  ${name}`)
    .join('\n');
}

/** A native function is named after its module's first one, so time inside SQLite shows under another name. */
function nameOf({
  functionName,
  url,
  lineNumber,
  columnNumber,
}: Profiler.Profile['nodes'][number]['callFrame']) {
  const name = functionName || '(anonymous)';
  if (url === '') return name;
  const place = url.split('/').slice(-3).join('/');
  return `${name}  ${place}:${originalLine(url, lineNumber, columnNumber)}`;
}

function originalLine(url: string, line: number, column: number): number {
  const entry = findSourceMap(url)?.findEntry(line, column);
  return (entry !== undefined && 'originalLine' in entry ? entry.originalLine : line) + 1;
}
