// Whatever was ever stored can still be read: npm run schemas:check. A new version is recorded by npm run schemas:record.
// Both take the root of another tree as an argument.
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { checkStored } from './schemas-check.ts';
import { recordStored } from './schemas-record.ts';
import { readStoredPackages } from './stored-versions.ts';
import { ROOT } from './tracked-files.ts';

const [root = ROOT] = process.argv.slice(2).filter((arg) => arg !== '--record');
const packages = await readStoredPackages(root);
const recording = process.argv.includes('--record');
const { problems, unrecorded } = checkStored(packages);
const stopping = recording ? problems : [...problems, ...unrecorded];
for (const problem of stopping) console.error(`${problem}\n`);
if (stopping.length > 0) process.exitCode = 1;
else if (recording) {
  const files = packages.flatMap(recordStored);
  for (const { file, text } of files) {
    mkdirSync(dirname(join(root, file)), { recursive: true });
    writeFileSync(join(root, file), text, { flag: 'wx' });
    console.log(`recorded ${file}`);
  }
  if (files.length === 0) console.log('Every version is recorded already.');
} else {
  const versions = packages.reduce((sum, { known }) => sum + known.length, 0);
  console.log(`${versions} stored shapes are as they were recorded.`);
}
