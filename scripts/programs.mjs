// Programs outside npm that some tests need. `make deps` installs them.
import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { ROOT } from './run-command.mjs';

/** By the name that TIDEMARK_REQUIRE uses; the words by which a skipped test may call it. */
const PROGRAMS = {
  browser: {
    files: ['chromium', 'chromium-browser', 'google-chrome'],
    words: /browser|chromium|chrome/i,
  },
  strace: { files: ['strace'], words: /strace/i },
};

/** Names of the programs that this machine has. */
export function presentPrograms() {
  return Object.keys(PROGRAMS).filter((name) => {
    if (name === 'browser' && process.env.CHROMIUM_PATH) return true;
    return PROGRAMS[name].files.some(isOnPath);
  });
}

/** The programs without which a skip is a failure: all after `make deps`, those present in CI, else none. */
export function requiredPrograms() {
  if (existsSync(join(ROOT, '.stamps/deps'))) return Object.keys(PROGRAMS);
  return process.env.CI === 'true' ? presentPrograms() : [];
}

/**
 * The program that the reason of a skipped test is about, if any.
 *
 * @param {string} reason
 */
export function programNamedIn(reason) {
  return Object.keys(PROGRAMS).find((name) => PROGRAMS[name].words.test(reason));
}

function isOnPath(file) {
  const folders = `${process.env.PATH ?? ''}${delimiter}/usr/sbin`.split(delimiter);
  return folders.some((folder) => existsSync(join(folder, file)));
}
