// Everything that `tidemark new` writes, on a copy of this repository: into a new service, and into those that are there.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type CopiedWorkspace, copyWorkspace } from './copied-workspace.ts';

const ASKED = [
  'service orders',
  'aggregate order-line --service orders',
  'command cancel --service orders --aggregate order --event OrderCancelled',
  'query summary --service orders --aggregate order-line',
  'read-model order-changes --service orders --aggregate order',
  'process expiry --service orders --aggregate order',
  'service parcels --aggregate small-box',
  'command weigh --service parcels --aggregate small-box',
  'process box-watch --service parcels --aggregate small-box --on SmallBoxWeighed',
  'command delay --service flights --aggregate flight',
  'query summary --service flights --aggregate flight',
  'read-model flight-changes --service flights --aggregate flight',
  'process recall --service flights --aggregate flight --send DepartFlight',
  'read-model passenger-names --service passengers --aggregate passenger',
];
/** What a complaint about written files names. */
const WRITTEN = /orders|parcels|small-box|recall|flight-changes|passenger-names/i;

let copy: CopiedWorkspace;
beforeAll(async () => {
  copy = await copyWorkspace();
});
afterAll(() => copy?.remove());

test('what is written compiles, passes its tests and keeps the house rules', async () => {
  for (const asked of ASKED) {
    expect([asked, await copy.tidemark('new', ...asked.split(' '))]).toMatchObject([
      asked,
      { code: 0 },
    ]);
  }
  await copy.link('orders');
  await copy.link('parcels');
  const types = await copy.program('tsc', '--noEmit', '-p', 'tsconfig.json');
  expect(types).toEqual({ code: 0, says: '' });
  const services = ['orders', 'parcels', 'flights', 'passengers'].map(
    (name) => `services/${name}/src`,
  );
  const tests = await copy.program('vitest', 'run', ...services, 'services/orders/test');
  expect(tests).toMatchObject({ code: 0 });

  await copy.program('tsx', 'scripts/schemas.ts', '--record');
  await copy.program('tsx', 'scripts/route-table.ts');
  await copy.git('add', '-A');
  expect(await copy.program('tsx', 'scripts/schemas.ts')).toMatchObject({ code: 0 });
  const written = ['services', 'contracts', 'platform/src', 'scripts/route-table.ts'];
  expect(await copy.program('biome', 'check', ...written)).toMatchObject({ code: 0 });
  // What these find wrong elsewhere they say where it is; here it counts what was written.
  const rules = ['scripts/tidy.test.ts', 'docs/docs.test.ts', '-t', '^the '];
  const house = await copy.program('vitest', 'run', '--reporter=dot', ...rules);
  expect(house.says).toMatch(/Tests .*passed/);
  expect(house.says).not.toMatch(WRITTEN);
  const depcruise = ['--config', '.dependency-cruiser.cjs', 'services', 'contracts'];
  const directions = await copy.program('depcruise', ...depcruise);
  expect(directions.says).toMatch(/dependencies cruised/);
  expect(directions.says).not.toMatch(WRITTEN);
});

test('what is not recognised, or there already, is refused before anything is written', async () => {
  const refused = async (expected: number, says: RegExp, asked: string) => {
    const before = await copy.git('status', '--short');
    const answer = await copy.tidemark('new', ...asked.split(' '));
    expect([asked, answer.code]).toEqual([asked, expected]);
    expect(answer.says).toMatch(says);
    expect(await copy.git('status', '--short')).toBe(before);
  };
  await refused(6, /is there already/, 'service orders');
  await refused(6, /is there already/, 'command cancel -s orders -a order');
  await refused(2, /one word/, 'service two-words');
  await refused(5, /no service nowhere/, 'aggregate x -s nowhere');
  await refused(5, /no aggregate nobody/, 'command x -s orders -a nobody');
  await refused(5, /--send: order has/, 'process x -s orders -a order --send CreateOrder');
  await refused(6, /no object with createPassenger/, 'command x -s passengers -a passenger');
  await copy.change(
    'services/orders/src/domain/order.ts',
    'switch (command.type) {',
    "switch (command['type']) {",
  );
  await refused(6, /no switch \(command.type\)/, 'command send -s orders -a order');
});
