import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { ExitError } from '../exit-codes.ts';

/** Files that are about to be written: all of them, or none. */
export interface Draft {
  readonly has: (path: string) => boolean;
  /** @throws ExitError when it is not there. */
  readonly read: (path: string) => string;
  /** A file that is not there yet. @throws ExitError when it is. */
  readonly add: (path: string, text: string) => void;
  /** Changes a file that is there. */
  readonly change: (path: string, edit: (text: string) => string) => void;
  /** Names of the files directly in a folder, without those of tests. */
  readonly sourcesIn: (folder: string) => readonly string[];
  /** Writes everything and formats it; answers the paths. */
  readonly write: () => readonly string[];
}

/** @example const draft = createDraft(process.cwd()); */
export function createDraft(root: string): Draft {
  const texts = new Map<string, string>();
  const has = (path: string): boolean => texts.has(path) || existsSync(join(root, path));
  const read = (path: string): string => {
    const text = texts.get(path);
    if (text !== undefined) return text;
    if (!existsSync(join(root, path))) throw new ExitError('notFound', `There is no ${path}.`);
    return readFileSync(join(root, path), 'utf8');
  };
  return {
    has,
    read,
    add: (path, text) => {
      if (has(path))
        throw new ExitError('notNow', `${path} is there already; nothing was written.`);
      texts.set(path, text);
    },
    change: (path, edit) => texts.set(path, edit(read(path))),
    sourcesIn: (folder) => {
      const inside = (path: string) => path.startsWith(`${folder}/`);
      const drafted = [...texts.keys()].filter(inside).map((path) => path.slice(folder.length + 1));
      const onDisk = existsSync(join(root, folder)) ? readdirSync(join(root, folder)) : [];
      const sources = new Set([...onDisk, ...drafted]);
      return [...sources].filter((name) => /^[^/]+(?<!\.test)\.ts$/.test(name)).sort();
    },
    write: () => {
      for (const [path, text] of texts) {
        mkdirSync(dirname(join(root, path)), { recursive: true });
        writeFileSync(join(root, path), text);
      }
      const paths = [...texts.keys()];
      format(root, paths);
      return paths;
    },
  };
}

/** With the formatter of the repository, where it is installed. */
function format(root: string, paths: readonly string[]): void {
  const biome = join(root, 'node_modules/.bin/biome');
  if (!existsSync(biome)) return;
  const formatted = paths.filter((path) => /\.(ts|json)$/.test(path));
  execFileSync(biome, ['check', '--write', ...formatted], { cwd: root, stdio: 'ignore' });
}
