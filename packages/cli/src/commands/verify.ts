import type { Command } from 'commander';
import { type CliContext, type CommonOptions, connect, servicesOf } from '../context.ts';
import { ExitError } from '../exit-codes.ts';
import { type Column, formatTable } from '../table.ts';
import { awaitTask } from '../tasks.ts';

interface Options extends CommonOptions {
  readonly service?: string;
}

interface Check {
  readonly check: string;
  readonly isSound: boolean;
  readonly detail: string;
}

interface Verification {
  readonly service: string;
  readonly verdict: 'sound' | 'damaged';
  readonly events: number;
  readonly streams: number;
  readonly checks: readonly Check[];
}

const COLUMNS: readonly Column<Check & { readonly service: string }>[] = [
  { title: 'service', value: ({ service }) => service },
  {
    title: '',
    value: ({ isSound }) => (isSound ? 'ok' : 'DAMAGED'),
    colour: ({ isSound }) => (isSound ? 'green' : 'red'),
  },
  { title: 'check', value: ({ check }) => check },
  { title: 'found', value: ({ detail }) => detail },
];

/** `tidemark verify` */
export function addVerify(program: Command, context: CliContext): void {
  const { terminal } = context;
  program
    .command('verify')
    .description('Read whole logs and check what can be checked; ends with 1 when one is damaged')
    .option('-s, --service <name>', 'only this service')
    .action(async (_: object, command: Command) => {
      const options = command.optsWithGlobals<Options>();
      const client = await connect(context, options);
      const items: Verification[] = [];
      for (const service of await servicesOf(client, options.service)) {
        const task = await client.call('verifyLog', { params: { service } });
        const shown = { terminal, title: `verify ${service}` };
        const found = (await awaitTask(client, task, shown)) as object as Omit<
          Verification,
          'service'
        >;
        items.push({ service, ...found });
      }
      if (options.json === true) terminal.out(`${JSON.stringify({ items }, undefined, 2)}\n`);
      else {
        const rows = items.flatMap(({ service, checks }) =>
          checks.map((check) => ({ service, ...check })),
        );
        terminal.out(formatTable(rows, COLUMNS, terminal.hasScreen));
      }
      const damaged = items.filter(({ verdict }) => verdict === 'damaged');
      if (damaged.length === 0) return;
      const names = damaged.map(({ service }) => service).join(', ');
      throw new ExitError('failed', `Damaged: ${names}. Restore from a backup before you go on.`);
    });
}
