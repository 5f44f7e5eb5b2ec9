import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { ExitError } from './exit-codes.ts';

/** How to reach the platform. */
export interface CliConfig {
  readonly url: string;
  /** @throws ExitError when there is none. */
  readonly token: () => Promise<string>;
}

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Reads `TIDEMARK_URL` (`http://127.0.0.1:8080`), and the token from `OPERATOR_TOKEN` or the file
 * `<DATA_DIR>.operator` that the platform makes (`./data.operator`).
 */
export function readCliConfig(env: Environment): CliConfig {
  return {
    url: env.TIDEMARK_URL ?? 'http://127.0.0.1:8080',
    token: async () =>
      env.OPERATOR_TOKEN ?? readTokenFile(`${resolve(env.DATA_DIR ?? './data')}.operator`),
  };
}

async function readTokenFile(path: string): Promise<string> {
  try {
    return (await readFile(path, 'utf8')).trim();
  } catch {
    throw new ExitError(
      'refused',
      `No token: OPERATOR_TOKEN is not set, and ${path} cannot be read. The platform makes that file at its first start.`,
    );
  }
}
