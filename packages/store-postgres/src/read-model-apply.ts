import {
  isFault,
  type JsonObject,
  type ParkedChange,
  type ParkedSettlement,
  type ReadModelStep,
  scalarOf,
} from '@tidemark/core';
import { textArray } from './pg-arrays.ts';
import type { Layout } from './read-model-layout.ts';
import { encodeParked } from './read-model-parking.ts';
import { sliceId } from './read-model-slicing.ts';
import { indexedName, type StepStatement, stepStatement } from './read-model-step.ts';
import type { RunRead } from './run-read.ts';
import { encodeScalar, encodeText } from './stored-values.ts';

type Values = Readonly<Record<string, unknown>>;

const UNIQUE_VIOLATION = '23505';

/** Changes of a table, each by one statement. */
export interface Writes {
  readonly apply: (step: ReadModelStep<JsonObject>) => Promise<'applied' | 'overtaken'>;
  readonly settle: (settlement: ParkedSettlement<JsonObject>) => Promise<'settled' | 'overtaken'>;
}

export function createWrites(run: RunRead, layout: Layout): Writes {
  const fields = [...layout.columns.keys()];
  const steps = { move: statementsOf(layout, 'move'), make: statementsOf(layout, 'make') };
  const settles = stepStatement(layout, 'settle', true);

  const write = async ({ sql, names }: StepStatement, values: Values): Promise<boolean> => {
    const bound = { number: layout.number, ...values };
    try {
      const rows = await run<readonly [string]>(
        sql,
        names.map((name) => bound[name as keyof typeof bound]),
      );
      return rows[0]?.[0] === '1';
    } catch (error) {
      // Another parked the same key between this statement's look and its write.
      if (isFault(error) && error.facts.sqlState === UNIQUE_VIOLATION) return false;
      throw error;
    }
  };

  return {
    apply: async ({ slice, from, to, rows, parked = [] }) => {
      if (to <= from) throw new RangeError(`a step goes on: from ${from} to ${to}`);
      const { plain, parking } = steps[from === 0n ? 'make' : 'move'];
      const applied = await write(parked.length === 0 ? plain : parking, {
        slice: sliceId(slice),
        from: from.toString(),
        to: to.toString(),
        ...encodeChanges(rows, parked, fields),
      });
      return applied ? 'applied' : 'overtaken';
    },
    settle: async ({ rows, parked }) => {
      const settled = await write(settles, encodeChanges(rows, parked, fields));
      return settled ? 'settled' : 'overtaken';
    },
  };
}

function statementsOf(layout: Layout, claim: 'move' | 'make') {
  return {
    plain: stepStatement(layout, claim, false),
    parking: stepStatement(layout, claim, true),
  };
}

function encodeChanges(
  rows: ReadonlyMap<string, JsonObject | undefined>,
  parked: readonly ParkedChange[],
  fields: readonly string[],
): Values {
  const deleted: string[] = [];
  const keys: string[] = [];
  const bodies: string[] = [];
  const indexed: string[][] = fields.map(() => []);
  for (const [key, row] of rows) {
    if (row === undefined) {
      deleted.push(encodeText(key));
      continue;
    }
    keys.push(encodeText(key));
    bodies.push(JSON.stringify(row));
    for (const [at, field] of fields.entries()) {
      indexed[at]?.push(encodeScalar(scalarOf(row, field)));
    }
  }
  return {
    deleted: textArray(deleted),
    keys: textArray(keys),
    bodies: bodies.join('\n'),
    ...Object.fromEntries(indexed.map((values, at) => [indexedName(at), textArray(values)])),
    ...encodeParked(parked),
  };
}
