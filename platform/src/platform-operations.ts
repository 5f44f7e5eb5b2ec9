import type { Clock, Keys, Logger } from '@tidemark/core';
import { createOperations, type Operations } from '@tidemark/operations';
import {
  createSubjectOperations,
  loadOrCreateSecret,
  type RunnableHealth,
  type Service,
  type SubjectOperations,
  supervise,
} from '@tidemark/runtime';
import type { PlatformConfig } from './config.ts';

interface Parts {
  readonly services: ReadonlyMap<string, Service>;
  readonly keys: Keys;
  readonly clock: Clock;
  readonly log: Logger;
}

/**
 * What operators show: `OPERATOR_TOKEN`, or what a file of mode 0600 beside the data holds (`./data.operator`),
 * never in it: a copy of the data folder gives nobody a right.
 */
export async function loadOperatorToken(config: PlatformConfig): Promise<string> {
  return config.operatorToken ?? loadOrCreateSecret(`${config.dataDir}.operator`);
}

/** The operators' surface over all services, and what is done for people whose data they hold. */
export function openOperations(
  parts: Parts & {
    readonly token: string;
    readonly health: (service: string) => readonly RunnableHealth[];
  },
): Operations & { readonly subjects: SubjectOperations } {
  const { keys, clock } = parts;
  const subjects = createSubjectOperations({ services: [...parts.services.values()], keys, clock });
  const services = new Map(
    Array.from(parts.services, ([name, { operations }]) => [name, operations] as const),
  );
  const log = parts.log.with({ service: 'operations' });
  return { ...createOperations({ ...parts, services, subjects, log }), subjects };
}

/** Runs what has to run for all services until `signal` aborts; tells how that is, by service. */
export function runServices(
  { services, clock, log }: Omit<Parts, 'keys'>,
  signal: AbortSignal,
): {
  readonly ended: Promise<unknown>;
  readonly health: (service: string) => readonly RunnableHealth[];
} {
  const known = new Map<string, readonly RunnableHealth[]>();
  const ended = Promise.all(
    Array.from(services, ([name, { runnables }]) => {
      const onChange = (health: readonly RunnableHealth[]) => void known.set(name, health);
      return supervise(runnables, { clock, log: log.with({ service: name }), onChange }, signal);
    }),
  );
  return { ended, health: (service) => known.get(service) ?? [] };
}
