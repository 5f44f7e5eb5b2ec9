import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Root of the repository. */
export const ROOT = fileURLToPath(new URL('..', import.meta.url));

/** A file that git keeps, as it is in the working tree. */
export interface TrackedFile {
  /** From the root, with slashes. */
  readonly path: string;
  readonly text: string;
}

/** Every tracked file that still exists. Binary files come out as odd text and match nothing. */
export function readTrackedFiles(): readonly TrackedFile[] {
  const names = execFileSync('git', ['ls-files', '-z'], { cwd: ROOT, encoding: 'utf8' });
  return names
    .split('\0')
    .filter((path) => path !== '')
    .flatMap((path) => {
      const text = readIfThere(join(ROOT, path));
      return text === undefined ? [] : [{ path, text }];
    });
}

function readIfThere(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}
