import type { Clock, Keys, Logger } from '@tidemark/core';
import type { RunnableHealth, ServiceOperations, SubjectOperations } from '@tidemark/runtime';

/** What operations are made of. */
export interface OperationsParts {
  readonly services: ReadonlyMap<string, ServiceOperations>;
  /** How what runs for a service is just now. */
  readonly health: (service: string) => readonly RunnableHealth[];
  /** What is done for people whose data is kept. */
  readonly subjects: SubjectOperations;
  /** To open personal values for operators who ask for them. */
  readonly keys: Keys;
  /** What operators bring as `Authorization: Bearer <token>`. Not empty. */
  readonly token: string;
  readonly clock: Clock;
  readonly log: Logger;
}
