// The code that the guide shows, run.
import { appendOf, newEvent, specify } from '@tidemark/testing';
import { describe, expect, test } from 'vitest';
import {
  MINUTE_MS,
  placesDecider,
  type TripCommand,
  tripDecider,
} from './two-phase-work.domain.ts';
import {
  createMemoryMachine,
  createPower,
  createSqliteMachine,
  type Machine,
} from './two-phase-work.machine.ts';
import { startServices } from './two-phase-work.services.ts';

const MOST_TURNS = 20_000;
/** With every how many writes the power is cut: on a disk each cut takes its time. */
const MACHINES = [
  ['memory', createMemoryMachine, 1],
  ['SQLite', createSqliteMachine, 5],
] as const;

function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

/** What stands in the logs of the services but for the inputs of the process: a line an event, sorted. */
async function openView(machine: Machine) {
  const services = ['trips', 'trains', 'hotels'];
  const kept = await Promise.all(services.map((name) => machine.open(name, createPower())));
  const lines = async (): Promise<readonly string[]> => {
    const pages = kept.map(({ store }) => store.readLog({ after: 0n, limit: 10_000 }));
    const events = (await Promise.all(pages)).flatMap((page) => page.events);
    return events
      .filter(({ stream }) => !stream.startsWith('booking-'))
      .map(({ stream, type, data }) => `${stream} ${type} ${data.tripId}`)
      .sort();
  };
  /** Lets the event loop go round until the lines fulfil it. */
  const until = async (
    isSo: (lines: readonly string[]) => boolean | Promise<boolean>,
  ): Promise<void> => {
    for (let turns = 0; turns < MOST_TURNS; turns += 1) {
      if (turns % 10 === 0 && (await isSo(await lines()))) return;
      await turn();
    }
    expect.fail(`it never became so:\n${(await lines()).join('\n')}`);
  };
  const timersLeft = async () => (await kept[0]?.timers.list(100))?.length;
  /** Somebody else has both rooms of the attic. */
  const fillAttic = async (): Promise<void> => {
    const events = ['x', 'y'].map((tripId) =>
      newEvent('places-attic', { type: 'PlaceHeld', data: { tripId } }),
    );
    await kept[2]?.store.append(appendOf(events));
  };
  return { lines, until, timersLeft, fillAttic };
}

const ask = (tripId: string, hotels = 'lakeside'): TripCommand => ({
  type: 'Ask',
  data: { tripId, wants: { trains: 'ic-7', hotels } },
});
/** `a` gets a seat and a room; for `b` there is no room, so that its seat is released. */
const BOOKED = `
places-attic PlaceHeld x
places-attic PlaceHeld y
places-attic PlaceRefused b
places-ic-7 PlaceConfirmed a
places-ic-7 PlaceHeld a
places-ic-7 PlaceHeld b
places-ic-7 PlaceReleased b
places-lakeside PlaceConfirmed a
places-lakeside PlaceHeld a
trip-a AnswerNoted a
trip-a AnswerNoted a
trip-a TripAsked a
trip-a TripConfirmed a
trip-b AnswerNoted b
trip-b AnswerNoted b
trip-b TripAsked b
trip-b TripCalledOff b
`
  .trim()
  .split('\n');

describe.each(MACHINES)('on %s', (_, createMachine, every) => {
  test('a trip is confirmed at all services or called off at all, and the customer may still cancel', async () => {
    const machine = await createMachine();
    const view = await openView(machine);
    await view.fillAttic();
    const { tell, stop } = await startServices(machine, createPower());
    await tell(ask('a'), 'ask a');
    await tell(ask('b', 'attic'), 'ask b');
    await view.until((lines) => lines.length >= BOOKED.length);
    expect(await view.lines()).toEqual(BOOKED);

    await tell({ type: 'CallOff', data: { tripId: 'a', because: 'customer' } }, 'cancel a');
    const released = ['places-ic-7 PlaceReleased a', 'places-lakeside PlaceReleased a'];
    await view.until((lines) => released.every((line) => lines.includes(line)));
    await stop();
    await machine.close();
  });

  test('what is held is released when a service does not answer in time, and what it holds later, too', async () => {
    const machine = await createMachine();
    const view = await openView(machine);
    const withoutHotels = await startServices(machine, createPower(), ['trains']);
    await withoutHotels.tell(ask('a'), 'ask a');
    await view.until((lines) => lines.includes('trip-a AnswerNoted a'));
    await view.until(() => machine.clock.sleeping() > 0);
    await machine.clock.advance(15 * MINUTE_MS - 1);
    expect(await view.lines()).not.toContain('trip-a TripCalledOff a');
    await machine.clock.advance(1);
    await view.until((lines) => lines.includes('places-ic-7 PlaceReleased a'));
    await withoutHotels.stop();

    const { stop } = await startServices(machine, createPower());
    await view.until((lines) => lines.includes('places-lakeside PlaceReleased a'));
    expect(await view.lines()).toContain('places-lakeside PlaceHeld a');
    await stop();
    await machine.close();
  });

  test.each(['before', 'after'] as const)(
    'power that is cut at a write, %s it is stored, changes nothing in what comes out',
    async (when) => {
      let cutAt = 1;
      while (await bookWithPowerCut(createMachine, cutAt, when)) cutAt += every;
      // Appends, timers and checkpoints of three services.
      expect(cutAt).toBeGreaterThan(20);
    },
    120_000,
  );
});

/** Books, loses power at that write, and goes on in a new process. Answers whether there was such a write. */
async function bookWithPowerCut(
  createMachine: () => Promise<Machine>,
  cutAt: number,
  when: 'before' | 'after',
): Promise<boolean> {
  const machine = await createMachine();
  const view = await openView(machine);
  await view.fillAttic();
  const power = createPower(cutAt, when);
  for (const current of [power, createPower()]) {
    const { tell, stop } = await startServices(machine, current);
    const done = (isSo: boolean): boolean => isSo || current.isCut();
    // Who got no answer asks again, under the same command id.
    await Promise.allSettled([tell(ask('a'), 'ask a'), tell(ask('b', 'attic'), 'ask b')]);
    await view.until((lines) => done(lines.length >= BOOKED.length));
    if (!current.isCut()) await machine.clock.advance(15 * MINUTE_MS);
    await view.until(async () => done((await view.timersLeft()) === 0));
    await stop();
  }
  expect(await view.lines(), `${when} write ${cutAt}`).toEqual(BOOKED);
  await machine.close();
  return power.isCut();
}

describe('the rules', () => {
  const tripId = 'a';
  const wants = { trains: 'ic-7' };

  test('a try that comes after its cancel takes no place', () => {
    const cancelled = { type: 'PlaceReleased', data: { tripId } } as const;
    const places = specify(placesDecider);
    places.given().when({ type: 'Cancel', data: { tripId } }).records(cancelled);
    places.given(cancelled).when({ type: 'Try', data: { tripId } }).changesNothing();
  });

  test('of the last answer and the time limit one decides, and the other is refused', () => {
    const trip = specify(tripDecider);
    const asked = { type: 'TripAsked', data: { tripId, wants } } as const;
    const confirmed = { type: 'TripConfirmed', data: { tripId, wants } } as const;
    const because = 'time-is-up';
    const calledOff = { type: 'TripCalledOff', data: { tripId, wants, because } } as const;
    const confirm = { type: 'Confirm', data: { tripId } } as const;
    const callOff = { type: 'CallOff', data: { tripId, because } } as const;
    trip.given(asked).when(confirm).records(confirmed);
    trip.given(asked).when(callOff).records(calledOff);
    trip.given(asked, calledOff).when(confirm).rejects('decided');
    trip.given(asked, confirmed).when(callOff).rejects('decided');
  });
});
