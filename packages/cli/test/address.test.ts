import { expect, test } from 'vitest';
import { run, type Terminal } from '../src/index.ts';

test.each(['nowhere', 'localhost:8080', 'ftp://127.0.0.1/', ''])(
  'an address that can be none of a platform is a mistake of the command line: "%s"',
  async (url) => {
    let told = '';
    const terminal: Terminal = {
      out: () => undefined,
      err: (text) => {
        told += text;
      },
      hasScreen: false,
      hasErrScreen: false,
      ask: async () => undefined,
      signal: new AbortController().signal,
    };
    const config = { url, token: async () => 'a token of operators' };
    expect(await run(['services'], { config, terminal, root: '.' })).toBe(2);
    expect(told).toContain(`"${url}"`);
  },
);
