import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { ROOT, readTrackedFiles } from '../../../scripts/tracked-files.ts';
import { readCliConfig, run } from '../src/index.ts';

const execute = promisify(execFile);

interface Said {
  readonly code: unknown;
  readonly says: string;
}

/** A copy of this repository, in which `tidemark new` may write. */
export interface CopiedWorkspace {
  readonly root: string;
  /** The command line, in this process. */
  readonly tidemark: (...args: readonly string[]) => Promise<Said>;
  /** A program of `node_modules/.bin`, in the copy. */
  readonly program: (name: string, ...args: readonly string[]) => Promise<Said>;
  readonly git: (...args: readonly string[]) => Promise<string>;
  /** What `npm install` would do for a new package of the workspace. */
  readonly link: (service: string) => Promise<void>;
  readonly change: (path: string, from: string | RegExp, to: string) => Promise<void>;
  readonly remove: () => Promise<void>;
}

/** Copies what is tracked. Packages of the workspace lead into the copy, all others to where they are installed. */
export async function copyWorkspace(): Promise<CopiedWorkspace> {
  const root = await mkdtemp(join(tmpdir(), 'tidemark-new-'));
  for (const { path } of readTrackedFiles()) {
    await mkdir(dirname(join(root, path)), { recursive: true });
    await cp(join(ROOT, path), join(root, path));
  }
  const packages = join(root, 'node_modules');
  await mkdir(packages);
  for (const name of await readdir(join(ROOT, 'node_modules'))) {
    const from = join(ROOT, 'node_modules', name);
    if (name !== '@tidemark') await symlink(from, join(packages, name));
    else await cp(from, join(packages, name), { recursive: true, verbatimSymlinks: true });
  }
  const options = { cwd: root, env: { ...process.env, NO_COLOR: '1' }, maxBuffer: 2 ** 24 };
  const git = async (...args: readonly string[]) => (await execute('git', args, options)).stdout;
  await git('init', '-q');
  return {
    root,
    git,
    tidemark: (...args) => runHere(root, args),
    program: (name, ...args) =>
      execute(join(packages, '.bin', name), args, options).then(
        ({ stdout }) => ({ code: 0, says: stdout }),
        ({ code, stdout, stderr }) => ({ code, says: `${stdout}${stderr}` }),
      ),
    link: (service) => symlink(`../../services/${service}`, join(packages, '@tidemark', service)),
    change: async (path, from, to) => {
      const text = await readFile(join(root, path), 'utf8');
      const changed = text.replace(from, () => to);
      if (changed === text) throw new Error(`${path} does not hold ${from}`);
      await writeFile(join(root, path), changed);
    },
    remove: () => rm(root, { recursive: true, force: true }),
  };
}

async function runHere(root: string, args: readonly string[]): Promise<Said> {
  let says = '';
  const say = (text: string): void => {
    says += text;
  };
  const terminal = {
    ...{ out: say, err: say, hasScreen: false, hasErrScreen: false },
    ask: async () => undefined,
    signal: new AbortController().signal,
  };
  return { code: await run(args, { config: readCliConfig({}), terminal, root }), says };
}
