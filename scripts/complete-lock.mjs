// Adds to package-lock.json what npm leaves out when the registry it was made with lacks packages of other
// systems: without those entries `npm ci` refuses the file, and other systems miss their binaries.
import { readFileSync, writeFileSync } from 'node:fs';
import { isMain, ROOT } from './run-command.mjs';

const SYSTEMS = [
  'aix',
  'android',
  'darwin',
  'freebsd',
  'linux',
  'netbsd',
  'openbsd',
  'openharmony',
  'sunos',
  'win32',
];
const PROCESSORS = [
  'arm',
  'arm64',
  'ia32',
  'loong64',
  'mips64el',
  'ppc64',
  'riscv64',
  's390x',
  'x64',
];

/**
 * Optional packages that some package of a lock file names in one exact version and that have no entry in it, with
 * the entry they should have. What system they are for stands in their names.
 *
 * @param {{ packages: Record<string, { optionalDependencies?: Record<string, string>, dev?: boolean }> }} lock
 * @returns {Record<string, object>} By path.
 */
export function missingEntries({ packages }) {
  const missing = {};
  for (const { optionalDependencies = {}, dev } of Object.values(packages)) {
    for (const [name, version] of Object.entries(optionalDependencies)) {
      const path = `node_modules/${name}`;
      const words = name.split(/[/-]/);
      const os = SYSTEMS.filter((system) => words.includes(system));
      const isKnown = Object.keys(packages).some((known) => known.endsWith(path));
      if (isKnown || os.length === 0 || !/^\d+\.\d+\.\d+$/.test(version)) continue;
      const cpu = PROCESSORS.filter((processor) => words.includes(processor));
      missing[path] = {
        version,
        ...(cpu.length === 0 ? {} : { cpu }),
        ...(dev ? { dev } : {}),
        optional: true,
        os,
        ...(words.includes('musl') ? { libc: ['musl'] } : {}),
      };
    }
  }
  return missing;
}

if (isMain(import.meta.url)) {
  const path = `${ROOT}package-lock.json`;
  const lock = JSON.parse(readFileSync(path, 'utf8'));
  const missing = missingEntries(lock);
  const packages = Object.entries({ ...lock.packages, ...missing });
  packages.sort(([a], [b]) => a.localeCompare(b, 'en'));
  writeFileSync(
    path,
    `${JSON.stringify({ ...lock, packages: Object.fromEntries(packages) }, null, 2)}\n`,
  );
  console.log(`Added ${Object.keys(missing).length} entries to package-lock.json.`);
}
