// Follows DATA_DIR/logs/platform.log and shows it for people; SERVICE keeps the lines of one service.
import { open, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';

const LOOK_AGAIN_MS = 200;
/** How much of what was written before is shown. */
const LAST_BYTES = 64 * 1_024;

const path = join(resolve(process.env.DATA_DIR ?? './data'), 'logs/platform.log');
const service = process.env.SERVICE || undefined;

process.stdout.on('error', () => process.exit(0));
process.once('SIGINT', () => process.exit(0));
process.once('SIGTERM', () => process.exit(0));
await follow(await waitForFile());

async function waitForFile() {
  for (let told = false; ; told = true) {
    const found = await stat(path).catch(() => undefined);
    if (found !== undefined) return found.size;
    if (!told) console.error(`Waiting for ${path}: start the platform with make up.`);
    await wait(LOOK_AGAIN_MS);
  }
}

async function follow(size) {
  let from = Math.max(0, size - LAST_BYTES);
  // The first line may begin in its middle; it is then no JSON and left out.
  let rest = '';
  for (;;) {
    const present = (await stat(path).catch(() => undefined))?.size ?? 0;
    if (present < from) from = 0;
    const text = await read(from, present);
    from = present;
    const lines = (rest + text).split('\n');
    rest = lines.pop();
    for (const line of lines) show(line);
    await wait(LOOK_AGAIN_MS);
  }
}

async function read(from, upTo) {
  if (upTo <= from) return '';
  const file = await open(path);
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(upTo - from), 0, upTo - from, from);
    return buffer.toString('utf8', 0, bytesRead);
  } finally {
    await file.close();
  }
}

function show(line) {
  let entry;
  try {
    entry = JSON.parse(line);
  } catch {
    return;
  }
  if (service !== undefined && entry.service !== service) return;
  const { time, level, service: from = 'platform', message, ...rest } = entry;
  const fields = Object.keys(rest).length === 0 ? '' : ` ${JSON.stringify(rest)}`;
  console.log(`${String(time).slice(11, 23)} ${level} ${from}: ${message}${fields}`);
}
