import { setTimeout as sleep } from 'node:timers/promises';
import type { OperationAnswer, OperationsClient, OperationsRoutes } from '@tidemark/operations';
import { Argument, type Command } from 'commander';
import { type CliContext, type CommonOptions, connect } from '../context.ts';
import { ExitError } from '../exit-codes.ts';
import { createProgressBar } from '../progress.ts';
import { formatTable } from '../table.ts';
import { confirm } from './subjects.ts';

type Status = OperationAnswer<OperationsRoutes['getRebuild']>;

interface Options extends CommonOptions {
  readonly yes?: true;
  readonly detach?: true;
}

interface Place {
  readonly service: string;
  readonly readModel: string;
}

const LOOK_AGAIN_MS = 250;

const STEPS = {
  start: 'Begin a build beside the one in force, and wait until it is compared',
  compare: 'Compare the two builds once more',
  switch: 'Answer queries from the new build; the old one is kept',
  rollback: 'Answer queries from the build before the switch again',
  cancel: 'Give up a new build that is not in force',
  drop: 'Remove the build from before the switch for good',
} as const;

/** `tidemark rebuild` */
export function addRebuild(program: Command, context: CliContext): void {
  const rebuild = program
    .command('rebuild')
    .description('Make the rows of a read model anew from the log, beside those in use');
  placed(rebuild.command('status'))
    .description('Show how far a rebuild is, and the builds that are stored')
    .action(async function (this: Command) {
      const [service, readModel] = this.processedArgs as [string, string];
      const options = this.optsWithGlobals<Options>();
      const client = await connect(context, options);
      const params = { service, readModel };
      show(context, options, await client.call('getRebuild', { params }));
    });
  for (const step of Object.keys(STEPS) as (keyof typeof STEPS)[]) addStep(rebuild, context, step);
}

function placed(command: Command): Command {
  return command
    .addArgument(new Argument('<service>', 'whose read model'))
    .addArgument(new Argument('<read-model>', 'its name'));
}

function addStep(rebuild: Command, context: CliContext, step: keyof typeof STEPS): void {
  const command = placed(rebuild.command(step)).description(STEPS[step]);
  if (step === 'drop') command.option('--yes', 'do not ask');
  const isWork = step === 'start' || step === 'compare';
  if (isWork) command.option('--detach', 'do not wait for its end');
  command.action(async function (this: Command) {
    const [service, readModel] = this.processedArgs as [string, string];
    const options = this.optsWithGlobals<Options>();
    if (step === 'drop') await confirm(context.terminal, readModel, options.yes);
    const client = await connect(context, options);
    const place = { service, readModel };
    const begun = await client.call('changeRebuild', { params: { ...place, step } });
    const waits = isWork && options.detach !== true;
    show(context, options, waits ? await untilCompared(context, client, place) : begun);
  });
}

async function untilCompared(
  { terminal }: CliContext,
  client: OperationsClient,
  params: Place,
): Promise<Status> {
  const bar = createProgressBar(terminal, `rebuild ${params.readModel}`);
  try {
    for (;;) {
      const status = await client.call('getRebuild', { params });
      if (status.state !== 'building' && status.state !== 'comparing') return status;
      const { progress, comparison } = status;
      if (status.state === 'comparing') {
        bar.show({ step: 'rows compared', done: comparison?.rowsCompared ?? 0 });
      } else if (progress !== undefined) {
        const { eventsDone, eventsTotal } = progress;
        bar.show({ step: 'events', done: Number(eventsDone), total: Number(eventsTotal) });
      }
      await sleep(LOOK_AGAIN_MS, undefined, { signal: terminal.signal }).catch(() => undefined);
      if (terminal.signal.aborted) {
        throw new ExitError('failed', 'It goes on without you: tidemark rebuild status shows it.');
      }
    }
  } finally {
    bar.end();
  }
}

function show({ terminal }: CliContext, { json }: CommonOptions, status: Status): void {
  if (json === true) return void terminal.out(`${JSON.stringify(status, undefined, 2)}\n`);
  terminal.out(`${status.state}${comparisonText(status)}\n`);
  if (status.lastError !== undefined) terminal.out(`does not get on: ${status.lastError}\n`);
  const columns = [
    { title: 'version', value: (build: Status['builds'][number]) => build.version },
    { title: 'build', value: (build: Status['builds'][number]) => build.build },
    {
      title: 'checkpoint',
      value: (build: Status['builds'][number]) => build.checkpoint,
      align: 'right' as const,
    },
    { title: '', value: (build: Status['builds'][number]) => (build.isInForce ? 'in force' : '') },
  ];
  terminal.out(formatTable(status.builds, columns, terminal.hasScreen));
}

function comparisonText({ comparison }: Status): string {
  if (comparison === undefined) return '';
  const { rowsCompared, rowsDiffering, firstDifference } = comparison;
  const first =
    firstDifference === undefined
      ? ''
      : `, first ${firstDifference.key} (${firstDifference.kind} ${firstDifference.field ?? ''})`;
  return `: ${rowsCompared} rows compared, ${rowsDiffering} differ${first}`;
}
