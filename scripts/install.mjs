// Installs the npm packages, only when what is installed differs from package-lock.json.
// Install scripts stay off: nothing here needs one.
import { existsSync, readFileSync } from 'node:fs';
import { isMain, ROOT, runCommand, seconds } from './run-command.mjs';

/**
 * Whether every package of the lock file is installed in its version. Compares contents, not times,
 * so that neither a checkout nor an install by hand misleads it.
 *
 * @param {string} root Folder with a slash at its end.
 */
export function isInstalled(root) {
  const installedPath = `${root}node_modules/.package-lock.json`;
  if (!existsSync(installedPath)) return false;
  const wanted = readPackages(`${root}package-lock.json`);
  const installed = readPackages(installedPath);
  return Object.entries(wanted).every(([path, entry]) => {
    // Folders of the workspace itself, and what npm leaves out on this system.
    if (!path.includes('node_modules/') || entry.optional || entry.peer) return true;
    const found = installed[path];
    return found !== undefined && found.version === entry.version && found.link === entry.link;
  });
}

/** @param {string} path */
function readPackages(path) {
  return JSON.parse(readFileSync(path, 'utf8')).packages ?? {};
}

/** Resolves when the packages are there; ends the process when npm fails. */
export async function ensureInstalled() {
  if (isInstalled(ROOT)) return;
  console.log('Installing npm packages ...');
  const { code, output, tookMs } = await runCommand(
    'npm',
    ['ci', '--ignore-scripts', '--no-fund', '--no-audit', '--loglevel=error'],
    { quiet: true },
  );
  if (code !== 0) {
    console.error(output);
    console.error('npm could not install the packages.');
    process.exit(1);
  }
  console.log(`Installed npm packages in ${seconds(tookMs)}.`);
}

if (isMain(import.meta.url)) await ensureInstalled();
