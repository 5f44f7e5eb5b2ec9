import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { type Browser, chromium } from 'playwright-core';

const NAMES = ['chromium', 'chromium-browser', 'google-chrome'];

/** What keeps a browser to itself: no sandbox (it runs as root in containers), and no calls home. */
const ARGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** The browser of this machine: `CHROMIUM_PATH`, else the first one on the path. */
export const chromiumPath = process.env.CHROMIUM_PATH ?? onPath();

/** Whether the tests in a browser are to be skipped; not where one is required. */
export const isWithoutChromium =
  chromiumPath === undefined && !(process.env.TIDEMARK_REQUIRE ?? '').includes('browser');

function onPath(): string | undefined {
  const folders = (process.env.PATH ?? '').split(delimiter);
  return NAMES.flatMap((name) => folders.map((folder) => join(folder, name))).find((file) =>
    existsSync(file),
  );
}

/**
 * Starts the browser.
 *
 * @throws an error that says how to get one, when this machine has none.
 */
export async function launchChromium(): Promise<Browser> {
  if (chromiumPath === undefined) throw new Error('no Chromium found: make deps');
  return chromium.launch({ executablePath: chromiumPath, args: ARGS });
}
