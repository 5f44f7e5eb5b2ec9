import { type Answer, problem } from '@tidemark/http';
import type { Rebuild, RebuildRefusal, RebuildStatus } from '@tidemark/runtime';
import { readModelOf } from './answers.ts';
import type { OperationsParts } from './parts.ts';

interface Place {
  readonly service: string;
  readonly readModel: string;
}

const REFUSALS: Readonly<Record<RebuildRefusal, string>> = {
  'already-started': 'Another build is there already, beside the one in force',
  'nothing-started': 'No new build is there',
  'not-caught-up': 'The new build has not come as far as the one in force',
  'nothing-kept': 'No build from before a switch is there',
  'in-force': 'Queries are answered from this build',
  'unknown-build': 'There is no build of that version and number',
};

/** How far a rebuild is. */
export async function getRebuild(parts: OperationsParts, at: Place): Promise<Answer> {
  return statusAnswer(readModelOf(parts, at).rebuild);
}

/** Takes one step of a rebuild; 409 says why it was not taken. */
export async function changeRebuild(
  parts: OperationsParts,
  at: Place & { readonly step: Exclude<keyof Rebuild, 'status'> },
): Promise<Answer> {
  const { rebuild } = readModelOf(parts, at);
  return settle(parts, { at, what: at.step, rebuild }, await rebuild[at.step]());
}

/** Removes one build for good. */
export async function dropBuild(
  parts: OperationsParts,
  at: Place & { readonly version: number; readonly build: number },
): Promise<Answer> {
  const { rebuild } = readModelOf(parts, at);
  const { version, build } = at;
  return settle(parts, { at, what: 'drop', rebuild }, await rebuild.drop({ version, build }));
}

async function settle(
  { log }: OperationsParts,
  done: { readonly at: Place; readonly what: string; readonly rebuild: Rebuild },
  outcome: 'done' | RebuildRefusal,
): Promise<Answer> {
  if (outcome !== 'done') {
    return problem({ status: 409, type: outcome, title: REFUSALS[outcome] });
  }
  const { service, readModel } = done.at;
  log.info('an operator changed a rebuild', { service, readModel, step: done.what });
  return statusAnswer(done.rebuild);
}

async function statusAnswer(rebuild: Rebuild): Promise<Answer> {
  return { status: 200, body: statusBody(await rebuild.status()) };
}

function statusBody({ progress, builds, ...status }: RebuildStatus): object {
  return {
    ...status,
    ...(progress === undefined ? {} : { progress: progressBody(progress) }),
    builds: builds.map(({ checkpoint, ...build }) => ({
      ...build,
      checkpoint: String(checkpoint),
    })),
  };
}

function progressBody({
  eventsDone,
  eventsTotal,
  ...rest
}: NonNullable<RebuildStatus['progress']>): object {
  return { ...rest, eventsDone: String(eventsDone), eventsTotal: String(eventsTotal) };
}
