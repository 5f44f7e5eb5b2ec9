import { resolve } from 'node:path';
import { Fault } from '@tidemark/core';

/** What `make up` can be told. `docs/reference/configuration.md` lists it for people. */
export interface PlatformConfig {
  readonly host: string;
  /** 0 takes a free port. */
  readonly port: number;
  /** Absolute. */
  readonly dataDir: string;
  /** Template of each service's event store; `{service}` stands for its name. */
  readonly storeUrl: (service: string) => string;
  readonly readUrl: (service: string) => string;
  readonly busUrl: string;
  /** Where PostgreSQL is listened to for news, when the store's URL leads to a proxy that pools transactions. */
  readonly postgresListenUrl: string | undefined;
  readonly keysUrl: string;
  /** Where the list of erased subjects is kept, apart from the keys. */
  readonly erasedUrl: string;
  /** The master key of personal data; a file beside `dataDir` keeps one when this is not given. */
  readonly keysSecret: string | undefined;
  /** What operators show; a file beside `dataDir` keeps one when this is not given. */
  readonly operatorToken: string | undefined;
  readonly logLevel: string;
  /** Folder of the built console; without one only the API is served. */
  readonly consoleDir: string | undefined;
  /** The settings as given, for what the services read themselves. */
  readonly env: Environment;
}

export type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Reads the settings. A service's own (`FLIGHTS_STORE_URL`) stand before those of all (`STORE_URL`).
 *
 * @throws CONFIGURATION_INVALID naming the setting and what it may be.
 */
export function readPlatformConfig(env: Environment): PlatformConfig {
  refuseEmpty(env);
  const dataDir = resolve(env.DATA_DIR ?? './data');
  return {
    host: env.HOST ?? '127.0.0.1',
    port: readPort(env.PORT),
    dataDir,
    storeUrl: (service) =>
      perService(env, 'STORE_URL', service) ?? `sqlite:${dataDir}/${service}.db`,
    readUrl: (service) =>
      perService(env, 'READ_URL', service) ?? `sqlite:${dataDir}/${service}.read.db`,
    busUrl: env.BUS_URL ?? 'log:',
    postgresListenUrl: env.POSTGRES_LISTEN_URL,
    keysUrl: inSchema(env.KEYS_URL, 'keys') ?? `sqlite:${dataDir}/keys.db`,
    erasedUrl: inSchema(env.ERASED_URL, 'erased') ?? `sqlite:${dataDir}.erased.db`,
    keysSecret: env.KEYS_SECRET,
    operatorToken: readToken(env.OPERATOR_TOKEN),
    logLevel: env.LOG_LEVEL ?? 'info',
    consoleDir: env.CONSOLE_DIR,
    env,
  };
}

/** Empty they would not mean their default: every address of the machine, the folder of the start, a token that never fits. */
const NEVER_EMPTY = ['DATA_DIR', 'HOST', 'SERVICE_TOKEN', 'CONSOLE_DIR'];

function refuseEmpty(env: Environment): void {
  for (const name of NEVER_EMPTY) {
    if (env[name] === '') throw new Fault('CONFIGURATION_INVALID', `${name} is set, and empty`);
  }
}

function perService(env: Environment, setting: string, service: string): string | undefined {
  const template = env[`${service.toUpperCase()}_${setting}`] ?? env[setting];
  return inSchema(template?.replaceAll('{service}', service), service);
}

/** On PostgreSQL each owner has a schema of its own in the one database, unless the URL names one. */
function inSchema(url: string | undefined, schema: string): string | undefined {
  if (url === undefined || !/^postgres(ql)?:/.test(url) || /[?&]schema=/.test(url)) return url;
  return `${url}${url.includes('?') ? '&' : '?'}schema=${schema}`;
}

/** It goes into a header; one that can be guessed would open everything. */
function readToken(token: string | undefined): string | undefined {
  if (token === undefined || /^[\x21-\x7e]{16,200}$/.test(token)) return token;
  throw new Fault('CONFIGURATION_INVALID', 'OPERATOR_TOKEN is 16 to 200 visible ASCII characters');
}

function readPort(text = '8080'): number {
  const port = Number(text);
  if (/^\d+$/.test(text) && port <= 65_535) return port;
  throw new Fault('CONFIGURATION_INVALID', `PORT is a number from 0 to 65535, found "${text}"`);
}
