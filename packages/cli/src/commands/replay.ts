import { setTimeout as sleep } from 'node:timers/promises';
import type { OperationsClient } from '@tidemark/operations';
import { type Command, Option } from 'commander';
import { type CliContext, type CommonOptions, connect, servicesOf } from '../context.ts';
import { ExitError } from '../exit-codes.ts';
import { createProgressBar } from '../progress.ts';

interface Options extends CommonOptions {
  readonly to: string;
  readonly from: string;
  readonly of?: string;
  readonly detach?: true;
}

const LOOK_AGAIN_MS = 250;

/** `tidemark replay` */
export function addReplay(program: Command, context: CliContext): void {
  program
    .command('replay')
    .description('Feed old messages to one inbox again, under the ids that they had')
    .addOption(
      new Option(
        '--to <group>',
        'the consumer group: its inbox is inbox/<group>',
      ).makeOptionMandatory(),
    )
    .addOption(
      new Option(
        '--from <position|time>',
        'a position in the log of the publisher, or an ISO-8601 time',
      ).makeOptionMandatory(),
    )
    .option('--of <service>', 'whose messages, where the group listens to several services')
    .option('--detach', 'do not wait for its end')
    .action(async (_: object, command: Command) => {
      const options = command.optsWithGlobals<Options>();
      const client = await connect(context, options);
      const { params, from } = await findInbox(client, options);
      const start = /^\d+$/.test(options.from)
        ? { position: options.from }
        : { time: options.from };
      const begun = await client.call('replayMessages', { params, body: { from, ...start } });
      const done =
        options.detach === true ? begun : await follow(context, client, { params, from });
      if (options.json === true) context.terminal.out(`${JSON.stringify(done, undefined, 2)}\n`);
      else
        context.terminal.out(
          `${done.messages} messages of ${from}, position ${begun.from} to ${done.position}.\n`,
        );
    });
}

interface Place {
  readonly params: { readonly service: string; readonly consumer: string };
  readonly from: string;
}

/** Names of groups are unique on a platform. */
async function findInbox(client: OperationsClient, { to, of }: Options): Promise<Place> {
  const consumer = `inbox/${to}`;
  for (const service of await servicesOf(client, undefined)) {
    const { items } = await client.call('listConsumers', { params: { service } });
    const found = items.find(({ name }) => name === consumer);
    if (found === undefined) continue;
    const publishers = found.checkpoints.map((checkpoint) => checkpoint.service);
    const from = of ?? (publishers.length === 1 ? publishers[0] : undefined);
    if (from !== undefined) return { params: { service, consumer }, from };
    throw new ExitError('usage', `Say --of: ${to} listens to ${publishers.join(', ')}.`);
  }
  throw new ExitError('notFound', `No inbox ${consumer}.`);
}

async function follow({ terminal }: CliContext, client: OperationsClient, { params, from }: Place) {
  const bar = createProgressBar(terminal, `replay to ${params.consumer}`);
  try {
    for (;;) {
      const { items } = await client.call('listConsumers', { params });
      const consumer = items.find(({ name }) => name === params.consumer);
      const replay = consumer?.replays.find(({ service }) => service === from);
      if (replay === undefined)
        throw new ExitError(
          'failed',
          'The platform was started again: nobody knows how far it came.',
        );
      if (replay.done) return replay;
      const first = Number(replay.from);
      const total = Number(replay.upTo) - first + 1;
      bar.show({
        step: 'positions',
        done: Math.max(0, Number(replay.position) - first + 1),
        total,
      });
      await sleep(LOOK_AGAIN_MS, undefined, { signal: terminal.signal }).catch(() => undefined);
      if (terminal.signal.aborted)
        throw new ExitError('failed', 'It goes on without you: tidemark consumers shows it.');
    }
  } finally {
    bar.end();
  }
}
