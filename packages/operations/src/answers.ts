import { type Fault, isFault } from '@tidemark/core';
import { type Answer, notFound, problem } from '@tidemark/http';
import type { OperableConsumer, OperableReadModel, ServiceOperations } from '@tidemark/runtime';
import type { OperationsParts } from './parts.ts';

/** Ends a handler with an answer, from wherever it is noticed that there is no other. */
class AnsweredError extends Error {
  readonly answer: Answer;
  constructor(answer: Answer) {
    super('answered');
    this.name = 'AnsweredError';
    this.answer = answer;
  }
}

/** The service of that name. Answers 404 when there is none. */
export function serviceOf(
  { services }: Pick<OperationsParts, 'services'>,
  name: string,
): ServiceOperations {
  const service = services.get(name);
  if (service === undefined) throw new AnsweredError(notFound('service'));
  return service;
}

/** The read model of that name. Answers 404 when there is none. */
export function readModelOf(
  parts: Pick<OperationsParts, 'services'>,
  at: { readonly service: string; readonly readModel: string },
): OperableReadModel {
  const { readModels } = serviceOf(parts, at.service);
  const found = readModels.find(({ name }) => name === at.readModel);
  if (found === undefined) throw new AnsweredError(notFound('read model'));
  return found;
}

/** The consumer of that name. Answers 404 when there is none. */
export function consumerOf(
  parts: Pick<OperationsParts, 'services'>,
  at: { readonly service: string; readonly consumer: string },
): OperableConsumer {
  const { consumers } = serviceOf(parts, at.service);
  const found = consumers.find(({ name }) => name === at.consumer);
  if (found === undefined) throw new AnsweredError(notFound('consumer'));
  return found;
}

type Handler<Input> = (input: Input) => Promise<Answer>;

/**
 * Tells operators of the faults that concern them, which others are told of as `internal` only.
 * A damaged log is an answer here, not a defect.
 */
export function tellingFaults<Input>(handle: Handler<Input>): Handler<Input> {
  return async (input) => {
    try {
      return await handle(input);
    } catch (error) {
      if (error instanceof AnsweredError) return error.answer;
      if (isFault(error, 'LOG_CORRUPT')) return faultAnswer(error, 500, 'log-corrupt');
      if (isFault(error, 'CAPABILITY_MISSING')) {
        return faultAnswer(error, 501, 'capability-missing');
      }
      // What an operator names wrongly: a subject, a group that does not listen to a service.
      if (isFault(error, 'CONFIGURATION_INVALID') || isFault(error, 'EVENT_INVALID')) {
        return faultAnswer(error, 422, 'cannot-be-done');
      }
      throw error;
    }
  };
}

function faultAnswer(fault: Fault, status: number, type: string): Answer {
  const { code, message, facts } = fault;
  return problem({ status, type, title: message, extensions: { code, facts } });
}
