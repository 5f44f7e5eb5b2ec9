import type { Browser, BrowserContextOptions, Locator, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { isWithoutChromium, launchChromium } from './chromium.ts';
import { observeShifts, type Shifting, seriousViolations, sidewaysOverflow } from './in-page.ts';
import { type ServedPlatform, servePlatform } from './served-platform.ts';

/** Ends what is never seen, and judges no speed. */
const SEEN_WITHIN_MS = 60_000;

describe.skipIf(isWithoutChromium)('the console in a browser (needs Chromium: make deps)', () => {
  let platform: ServedPlatform;
  let browser: Browser;
  /** What a browser complained about, on any page. */
  let complaints: string[] = [];

  beforeAll(async () => {
    platform = await servePlatform();
    browser = await launchChromium();
  });

  afterAll(async () => {
    await browser?.close();
    await platform?.stop();
  });

  beforeEach(() => {
    complaints = [];
  });

  // A page that stays open goes on following events, and takes time from the others.
  afterEach(async () => {
    await Promise.all(browser.contexts().map((context) => context.close()));
  });

  /** Opens a page of the console; one without a size is wide enough for the audit log beside the board. */
  async function open(path: string, options: BrowserContextOptions = {}): Promise<Page> {
    const viewport = { width: 1280, height: 800 };
    const context = await browser.newContext({ viewport, reducedMotion: 'reduce', ...options });
    context.setDefaultTimeout(SEEN_WITHIN_MS);
    const page = await context.newPage();
    page.on('pageerror', (error) => complaints.push(String(error)));
    page.on('console', (message) => {
      if (message.type() === 'error') complaints.push(message.text());
    });
    await page.goto(platform.url + path);
    return page;
  }

  /** Opens the board and waits until it follows what happens. */
  async function openBoard(options?: BrowserContextOptions): Promise<Page> {
    const page = await open('/', options);
    await page.locator('header').getByText('live', { exact: true }).waitFor();
    return page;
  }

  test('a flight goes from creation to deletion, and another page sees each step', async () => {
    const [page, other] = [await openBoard(), await openBoard()];
    const mine = card(page, 'TM 1');
    const theirs = card(other, 'TM 1');
    const audited = (type: string) =>
      other.getByRole('complementary', { name: 'Audit log' }).getByText(type).first().waitFor();

    await createFlight(page, 'TM 1');
    await theirs.getByText('No departure time').waitFor();
    await audited('FlightScheduled');

    for (const name of ['Ada Lovelace', 'Grace Hopper']) {
      await mine.getByPlaceholder('Passenger’s name').fill(name);
      await mine.getByRole('button', { name: 'Add', exact: true }).click();
      await theirs.getByRole('button', { name: `Board ${name}` }).waitFor();
    }
    await audited('PassengerCheckedIn');

    for (const name of ['Ada Lovelace', 'Grace Hopper']) {
      await mine.getByRole('button', { name: `Board ${name}` }).click();
      await theirs.getByRole('button', { name: `Board ${name}` }).waitFor({ state: 'detached' });
    }
    await theirs.getByText('All boarded').waitFor();
    expect(await theirs.getByRole('meter').getAttribute('aria-valuetext')).toBe('2 of 2 boarded');
    await audited('AllPassengersBoarded');

    await mine.getByRole('button', { name: 'Depart' }).click();
    await theirs.getByText('Departed', { exact: true }).waitFor();
    await audited('FlightDeparted');

    await mine.getByRole('button', { name: 'Land' }).click();
    // The flight and both of its passengers.
    await theirs.getByText('Arrived', { exact: true }).nth(2).waitFor();
    await audited('FlightLanded');

    await mine.getByRole('button', { name: 'Delete' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Delete flight' }).click();
    await theirs.waitFor({ state: 'detached' });
    await mine.waitFor({ state: 'detached' });
    await audited('FlightDeleted');
    expect(complaints).toEqual([]);
  });

  test('what happens while the board is still loading is not lost', async () => {
    const flightId = await platform.create('/flights', flight('TM 2'));
    const context = await browser.newContext({ viewport: { width: 1280, height: 800 } });
    context.setDefaultTimeout(SEEN_WITHIN_MS);
    const page = await context.newPage();
    await page.route('**/api/flights?*', async (route) => {
      const before = await route.fetch();
      const sawIt = page.waitForResponse(`**/api/flights/${flightId}`);
      await platform.create('/passengers', { flightId, name: 'Edsger Dijkstra' });
      await sawIt;
      await route.fulfill({ response: before });
    });
    await page.goto(platform.url);
    const boarded = card(page, 'TM 2').locator('[aria-valuetext="0 of 1 boarded"]');
    await boarded.waitFor();
  });

  test('a flight is created with the keyboard alone', async () => {
    const page = await openBoard();
    await page.getByLabel('Flight number').focus();
    for (const text of ['TM 3', 'Cork', 'Faro']) {
      await page.keyboard.type(text);
      await page.keyboard.press('Tab');
    }
    await page.keyboard.press('Enter');
    await card(page, 'TM 3').waitFor();
    await page.locator('input[name="flightNumber"]:focus').waitFor();
    expect(await page.getByLabel('Flight number').inputValue()).toBe('');

    const edit = card(page, 'TM 3').getByRole('button', { name: 'Edit' });
    await edit.focus();
    await page.keyboard.press('Enter');
    await page.locator('dialog input[name="flightNumber"]:focus').waitFor();
    await page.keyboard.press('Escape');
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    expect(await edit.evaluate((button) => button === document.activeElement)).toBe(true);
    expect(complaints).toEqual([]);
  });

  test('a form says what the server did not accept, at the field', async () => {
    const page = await openBoard();
    await createFlight(page, 'TM\u0007');
    const number = page.getByLabel('Flight number');
    await page.getByText('may not contain control characters').waitFor();
    expect(await number.getAttribute('aria-invalid')).toBe('true');
    expect(await number.evaluate((field) => field === document.activeElement)).toBe(true);
  });

  test('when no answer comes, trying again repeats the same command', async () => {
    const flightId = await platform.create('/flights', flight('TM 4'));
    const page = await openBoard();
    const keys: (string | undefined)[] = [];
    await page.route('**/api/passengers', async (route) => {
      keys.push(route.request().headers()['idempotency-key']);
      const response = await route.fetch();
      // The first answer gets lost after the server has done it.
      if (keys.length === 1) await route.abort();
      else await route.fulfill({ response });
    });
    const mine = card(page, 'TM 4');
    await mine.getByPlaceholder('Passenger’s name').fill('Radia Perlman');
    await mine.getByRole('button', { name: 'Add', exact: true }).click();
    await mine.getByRole('button', { name: 'Try again' }).click();
    await page.getByText('Radia Perlman is checked in.').waitFor();
    expect(keys).toEqual([keys[0], keys[0]]);
    expect(await platform.list(`/passengers?flightId=${flightId}`)).toHaveLength(1);
  });

  test('whom the flight refused is shown with its reason, and can be removed', async () => {
    const flightId = await platform.create('/flights', flight('TM 10'));
    const passengerId = await platform.create('/passengers', { flightId, name: 'Alan Turing' });
    const page = await openBoard();
    const field = card(page, 'TM 10').getByPlaceholder('Passenger’s name');
    await field.fill('Late Larry');
    // Departs between the click and the check-in.
    await page.route('**/api/passengers', async (route) => {
      await platform.post(`/passengers/${passengerId}/board`);
      await platform.post(`/flights/${flightId}/depart`);
      await route.continue();
    });
    await field.press('Enter');
    const row = card(page, 'TM 10').getByRole('listitem').filter({ hasText: 'Late Larry' });
    await row.getByText('The flight has already departed').waitFor();
    await row.getByRole('button', { name: 'Remove Late Larry' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Remove passenger' }).click();
    await row.waitFor({ state: 'detached' });
  });

  test('after the stream of events was away, everything is read again', async () => {
    await platform.create('/flights', flight('TM 50'));
    const page = await open('/');
    await page.route('**/api/events*', (route) => route.abort());
    await page.reload();
    await page.getByText('reconnecting…').waitFor();
    await card(page, 'TM 50').waitFor();
    await platform.create('/flights', flight('TM 5'));
    expect(await card(page, 'TM 5').count()).toBe(0);
    await page.unroute('**/api/events*');
    await card(page, 'TM 5').waitFor();
  });

  test('a hidden page lets go of its stream, and goes on where it stopped when it is seen again', async () => {
    const page = await openBoard();
    await platform.create('/flights', flight('TM 11'));
    await card(page, 'TM 11').waitFor();
    await page.evaluate(setHidden, true);
    await platform.create('/flights', flight('TM 12'));
    // A page that is looked at has it; this one would have had it by now.
    await card(await openBoard(), 'TM 12').waitFor();
    expect(await card(page, 'TM 12').count()).toBe(0);
    const resumed = page.waitForRequest(/\/api\/events\?after=\d+$/);
    await page.evaluate(setHidden, false);
    await resumed;
    await card(page, 'TM 12').waitFor();
    expect(complaints).toEqual([]);
  });

  test('an event opens with all its fields, its secrets sealed, and leads to what belongs to it', async () => {
    const flightId = await platform.create('/flights', flight('TM 6'));
    const passengerId = await platform.create('/passengers', { flightId, name: 'Barbara Liskov' });
    const stream = `passenger-${passengerId}`;
    const page = await open(`/audit?stream=${stream}`);
    await page.getByRole('button', { name: 'PassengerCheckInRequested' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByText('sealed', { exact: true }).waitFor();
    expect(await dialog.textContent()).not.toContain('Barbara');
    await dialog.getByRole('link', { name: 'All of this request' }).click();
    await page.waitForURL(/correlation=/);
    await page.getByRole('button', { name: 'PassengerAdmitted' }).waitFor();
    expect(complaints).toEqual([]);
  });

  test('a flight is shown as it was behind each event of its history', async () => {
    const flightId = await platform.create('/flights', flight('TM 13'));
    const passengerId = await platform.create('/passengers', { flightId, name: 'Mary Shaw' });
    await platform.post(`/passengers/${passengerId}/board`);
    await platform.post(`/flights/${flightId}/depart`);
    const page = await openBoard({ viewport: { width: 360, height: 740 } });
    await card(page, 'TM 13').getByRole('button', { name: 'History', exact: true }).click();
    const dialog = page.getByRole('dialog', { name: 'History of TM 13' });
    const then = dialog.getByRole('region', { name: 'The flight as it was' });
    await then.getByText('Departed').waitFor();
    expect(await dialog.getByRole('radio').count()).toBe(5);
    expect(await dialog.getByRole('radio', { name: 'FlightDeparted' }).isChecked()).toBe(true);

    await dialog.getByRole('radio', { name: 'FlightDeparted' }).press('ArrowUp');
    await then.getByText('All boarded').waitFor();
    await dialog.getByRole('radio', { name: 'FlightScheduled' }).check();
    await then.locator('[aria-valuetext="0 of 0 boarded"]').waitFor();
    await then.getByText('Boarding').waitFor();
    expect(await seriousViolations(page)).toEqual([]);
    await page.keyboard.press('Escape');
    await dialog.waitFor({ state: 'detached' });
    await card(page, 'TM 13').getByText('Departed').waitFor();
    expect(complaints).toEqual([]);
  });

  test('on a phone nothing is wider than the screen, and a flight can be created', async () => {
    const page = await openBoard({ viewport: { width: 360, height: 740 } });
    await page.getByRole('button', { name: 'New flight' }).click();
    await createFlight(page, 'TM 7');
    await card(page, 'TM 7').waitFor();
    expect(await page.evaluate(sidewaysOverflow)).toBe(0);
    await page.getByRole('link', { name: 'Audit log' }).click();
    await page.locator('[data-position]').first().waitFor();
    expect(await page.evaluate(sidewaysOverflow)).toBe(0);
  });

  for (const colorScheme of ['light', 'dark'] as const) {
    test(`axe finds nothing serious on any page in the ${colorScheme} scheme`, async () => {
      const flightId = await platform.create('/flights', flight('TM 8'));
      await platform.create('/passengers', { flightId, name: 'Tony Hoare' });
      for (const [path, ready] of PAGES) {
        const page = await open(path, { colorScheme });
        await page.locator(ready).first().waitFor();
        expect({ path, found: await seriousViolations(page) }).toEqual({ path, found: [] });
      }
    });
  }

  test('nothing moves while the board loads', async () => {
    const flightId = await platform.create('/flights', flight('TM 9'));
    await platform.create('/passengers', { flightId, name: 'Katherine Johnson' });
    const page = await open('/audit');
    await page.addInitScript(observeShifts);
    await page.goto(platform.url);
    await page.locator('[data-passenger]').first().waitFor();
    await page.locator('[data-position]').first().waitFor();
    const score = await page.evaluate(() => (window as Shifting).shifted());
    expect(score).toBe(0);
    expect(complaints).toEqual([]);
  });
});

const PAGES = [
  ['/', '[data-passenger]'],
  ['/audit', '[data-position]'],
] as const;

function flight(flightNumber: string): object {
  return { flightNumber, origin: 'Oslo', destination: 'Rome' };
}

function card(page: Page, flightNumber: string): Locator {
  return page.getByRole('article', { name: flightNumber, exact: true });
}

async function createFlight(page: Page, flightNumber: string): Promise<void> {
  const form = page.getByRole('form', { name: 'New flight' });
  await form.getByLabel('Flight number').fill(flightNumber);
  await form.getByLabel('Origin').fill('Oslo');
  await form.getByLabel('Destination').fill('Rome');
  await form.getByRole('button', { name: 'Create flight' }).click();
}

/** Runs in the page: as if its tab was left, or chosen again. */
function setHidden(isHidden: boolean): void {
  Object.defineProperty(document, 'hidden', { configurable: true, value: isHidden });
  document.dispatchEvent(new Event('visibilitychange'));
}
