import { Fault, type Runnable } from '@tidemark/core';
import { createFakeClock } from '@tidemark/testing';
import { expect, test } from 'vitest';
import { createLogKeeper } from '../test/log-keeper.ts';
import { until } from '../test/turns.ts';
import { type RunnableHealth, supervise } from './supervise.ts';

/** Starts something that says when it runs and dies when told to. */
function mortal(name: string) {
  let starts = 0;
  let die: (error?: Error) => void = () => {};
  const runnable: Runnable = {
    name,
    run: (signal) =>
      new Promise((resolve, reject) => {
        starts += 1;
        die = (error) => (error === undefined ? resolve() : reject(error));
        signal.addEventListener('abort', () => resolve(), { once: true });
      }),
  };
  return { runnable, starts: () => starts, die: (error?: Error) => die(error) };
}

function setUp(...names: string[]) {
  const clock = createFakeClock();
  const { log, lines } = createLogKeeper();
  const stop = new AbortController();
  const mortals = names.map(mortal);
  let health: readonly RunnableHealth[] = [];
  const onChange = (now: readonly RunnableHealth[]) => {
    health = now;
  };
  const runnables = mortals.map(({ runnable }) => runnable);
  const ended = supervise(runnables, { clock, log, onChange }, stop.signal);
  return { clock, lines, stop, mortals, ended, health: () => health };
}

test('what dies is reported once and started again, and the others run on', async () => {
  const { clock, lines, mortals, health, stop, ended } = setUp('relay', 'inbox');
  const [relay, inbox] = mortals;
  relay?.die(new Fault('STORE_UNAVAILABLE', 'no answer'));
  await until(() => clock.sleeping() === 1);
  const lastError = 'STORE_UNAVAILABLE: no answer';
  expect(health()).toEqual([
    { name: 'relay', state: 'restarting', restarts: 1, lastError },
    { name: 'inbox', state: 'running', restarts: 0 },
  ]);
  await clock.advance(99);
  expect(relay?.starts()).toBe(1);
  await clock.advance(1);
  expect(relay?.starts()).toBe(2);
  expect(inbox?.starts()).toBe(1);
  expect(lines).toEqual([
    {
      level: 'error',
      message: 'runnable died',
      fields: { name: 'relay', error: lastError, restarts: 1, waitMs: 100 },
    },
  ]);
  expect(health()[0]).toEqual({ name: 'relay', state: 'running', restarts: 1, lastError });
  stop.abort();
  await ended;
});

test('waits double up to half a minute, and start over after a minute of health', async () => {
  const { clock, lines, mortals, stop, ended } = setUp('relay');
  const [relay] = mortals;
  for (let deaths = 1; deaths <= 11; deaths += 1) {
    relay?.die(new Error('again'));
    await until(() => clock.sleeping() === 1);
    await clock.advance(30_000);
    await until(() => relay?.starts() === deaths + 1);
  }
  await clock.advance(60_000);
  relay?.die(new Error('again'));
  await until(() => clock.sleeping() === 1);
  expect(lines.map(({ fields }) => fields.waitMs)).toEqual([
    ...[100, 200, 400, 800, 1_600, 3_200, 6_400, 12_800, 25_600, 30_000, 30_000],
    100,
  ]);
  stop.abort();
  await ended;
});

test('ending without being told to counts as dying', async () => {
  const { clock, mortals, health, stop, ended } = setUp('relay');
  mortals[0]?.die();
  await until(() => clock.sleeping() === 1);
  expect(health()[0]).toMatchObject({
    state: 'restarting',
    lastError: 'ended without being told to',
  });
  stop.abort();
  await ended;
  expect(health()[0]).toMatchObject({ state: 'stopped' });
});

test('it ends only when all have stopped, and says who failed while stopping', async () => {
  const clock = createFakeClock();
  const { log, lines } = createLogKeeper();
  const stop = new AbortController();
  let let_go: () => void = () => {};
  const slow: Runnable = {
    name: 'slow',
    run: () =>
      new Promise((_resolve, reject) => {
        let_go = () => reject(new Error('torn'));
      }),
  };
  let ended = false;
  const all = supervise([slow], { clock, log }, stop.signal).then(() => {
    ended = true;
  });
  stop.abort();
  await clock.advance(0);
  expect(ended).toBe(false);
  let_go();
  await all;
  expect(lines.map(({ message }) => message)).toEqual(['runnable failed while stopping']);
});

test('who is told of changes and throws stops nobody', async () => {
  const clock = createFakeClock();
  const { log, lines } = createLogKeeper();
  const stop = new AbortController();
  const { runnable, starts, die } = mortal('relay');
  const onChange = () => {
    throw new Error('cannot be told');
  };
  const ended = supervise([runnable], { clock, log, onChange }, stop.signal);
  die(new Error('torn'));
  await until(() => clock.sleeping() === 1);
  await clock.advance(100);
  expect(starts()).toBe(2);
  stop.abort();
  await ended;
  expect(lines.map(({ message }) => message)).toContain('nobody was told how runnables are');
});
