// Whatever was ever stored can still be read, and a shape does not change behind anybody's back.
import { spawnSync } from 'node:child_process';
import { cp, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { sampleOf } from './schema-samples.ts';
import { checkStored } from './schemas-check.ts';
import { readStoredPackages } from './stored-versions.ts';
import { ROOT, readTrackedFiles } from './tracked-files.ts';

const STORED = 'services/flights/src/stored.ts';
const SAMPLES = 'services/flights/stored-samples';
const SCHEDULED = `  FlightScheduled: storedAs(
    shape({
      flightNumber: text,
      origin: text,
      destination: text,
      departsAt: text.exactOptional(),
    }),
  ),
`;
/** The recorded shape, and a second one in which the time has another name. */
const SCHEDULED_TWICE = SCHEDULED.replace(
  '    }),\n  ),\n',
  `    }),
  ).next(shape({ flightNumber: text, route: text }), ({ flightNumber, origin }) => ({
    flightNumber,
    route: \`from \${origin}\`,
  })),
`,
);

describe('everything that was ever stored', () => {
  test('is of the shape that was recorded, and every recorded sample is read as it was', async () => {
    const packages = await readStoredPackages(ROOT);
    expect(packages.map(({ folder }) => folder)).toContain('services/passengers');
    const { problems, unrecorded } = checkStored(packages);
    expect([...problems, ...unrecorded]).toEqual([]);
  });

  test('has its codec in a stored.ts, where this check finds it', () => {
    const wrong = readTrackedFiles().filter(
      ({ path, text }) =>
        /^(packages|services|gateway|platform)\/.+\.ts$/.test(path) &&
        !/\.test\.ts$|\/test\/|\/stored\.ts$|^packages\/(core|cli)\//.test(path) &&
        /\bcreateCodec\b/.test(text.replace(/^ *\*.*$/gm, '')),
    );
    expect(wrong.map(({ path }) => path)).toEqual([]);
  });
});

describe('on a copy of the flights service', () => {
  let root = '';

  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), 'tidemark-schemas-'));
    await mkdir(join(root, 'services'));
    await cp(join(ROOT, 'services/flights'), join(root, 'services/flights'), {
      recursive: true,
      filter: (path) => !path.endsWith('node_modules'),
    });
    await symlink(join(ROOT, 'node_modules'), join(root, 'node_modules'));
  });
  afterEach(() => rm(root, { recursive: true, force: true }));

  function schemas(...args: readonly string[]) {
    const { status, stderr } = spawnSync(
      join(ROOT, 'node_modules/.bin/tsx'),
      [join(ROOT, 'scripts/schemas.ts'), ...args, root],
      { encoding: 'utf8' },
    );
    return { status, says: stderr };
  }

  async function change(from: string, to: string): Promise<void> {
    const text = await readFile(join(root, STORED), 'utf8');
    expect(text).toContain(from);
    await writeFile(join(root, STORED), text.replace(from, to));
  }

  test('nothing has changed, and there is nothing to record', async () => {
    const before = await readdir(join(root, SAMPLES));
    expect(schemas().status).toBe(0);
    expect(schemas('--record').status).toBe(0);
    expect(await readdir(join(root, SAMPLES))).toEqual(before);
  });

  test('a shape that changes without a version fails, names the field and says what to do', async () => {
    await change('hadBoarded: z.boolean()', 'hadBoarded: z.boolean().exactOptional()');
    for (const { status, says } of [schemas(), schemas('--record')]) {
      expect(status).toBe(1);
      expect(says).toContain('version 1 of PassengerReleased has another shape');
      expect(says).toContain('required: was ["hadBoarded","passengerId"], is ["passengerId"]');
      expect(says).toContain('storedAs(recorded).next(changed');
      expect(says).not.toContain('PassengerBoarded');
    }
  });

  test('a new version has to be recorded, once; what older samples become is recorded with it', async () => {
    await change(SCHEDULED, SCHEDULED_TWICE);
    expect(schemas().says).toContain('version 2 of FlightScheduled is not recorded');
    expect(schemas('--record')).toEqual({ status: 0, says: '' });
    expect(schemas().status).toBe(0);
    const file = await readFile(join(root, SAMPLES, 'FlightScheduled.v2.json'), 'utf8');
    const route = 'from origin';
    expect(JSON.parse(file)).toMatchObject({
      schema: 2,
      samples: { full: { flightNumber: 'flightNumber', route: 'route' } },
      lifted: { 1: { full: { flightNumber: 'flightNumber', route }, least: { route: 'from ' } } },
    });
  });

  test('an upcaster that changes after it was recorded fails', async () => {
    await change(SCHEDULED, SCHEDULED_TWICE);
    schemas('--record');
    await change('from $', 'out of $');
    const { status, says } = schemas();
    expect(status).toBe(1);
    expect(says).toContain('samples of version 1 of FlightScheduled are read otherwise');
    expect(says).toContain('full.route: was "from origin", is "out of origin"');
  });

  test('a shape that was stored cannot be taken out of the chain, nor a type out of the service', async () => {
    await change(SCHEDULED, SCHEDULED_TWICE);
    schemas('--record');
    await change(SCHEDULED_TWICE, SCHEDULED);
    await change('  FlightDeleted: list,\n', '');
    const { status, says } = schemas();
    expect(status).toBe(1);
    expect(says).toContain('version 2 of FlightScheduled was stored, and nothing can read it');
    expect(says).toContain('version 1 of FlightDeleted was stored, and nothing can read it');
  });

  test('two codecs that store a type of one name are refused', async () => {
    await change(
      'export const flightCodec',
      'export const other = createCodec<FlightEvent>({} as never);\nexport const flightCodec',
    );
    await change('{} as never', '{ FlightLanded: list } as never');
    expect(schemas().says).toContain('two codecs store a type FlightLanded');
  });
});

test('samples hold every kind of value, an example where a shape gives one, and the least that fits', () => {
  const text = { type: 'string' };
  const schema = {
    type: 'object',
    properties: {
      at: { type: 'string', format: 'date-time' },
      n: { type: 'integer', minimum: 5, maximum: 9 },
      kind: { enum: ['a', 'b'] },
      either: { anyOf: [{ type: 'number' }, { const: 'none' }] },
      list: { type: 'array', items: { type: 'object', properties: { id: text }, required: [] } },
      by: { type: 'object', additionalProperties: { type: 'boolean' } },
      code: { ...text, examples: ['TM 1'] },
      gone: { type: 'null' },
      any: {},
    },
    required: ['at', 'n', 'kind', 'either', 'list', 'code', 'any'],
  };
  const at = '2026-01-02T03:04:05.678Z';
  expect(sampleOf(schema, 'full')).toEqual({
    ...{ at, n: 5, kind: 'a', either: 1, list: [{ id: 'id' }], by: { key: true } },
    ...{ code: 'TM 1', gone: null, any: 'anything' },
  });
  const least = { at, n: 5, kind: 'b', either: 'none', list: [], code: 'TM 1', any: null };
  expect(sampleOf(schema, 'least')).toEqual(least);
});
