import { readFile } from 'node:fs/promises';
import type { Browser, BrowserContextOptions, Locator, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { isWithoutChromium, launchChromium } from './chromium.ts';
import { observeShifts, type Shifting, seriousViolations, sidewaysOverflow } from './in-page.ts';
import { type ServedPlatform, servePlatform } from './served-platform.ts';

/** Ends what is never seen, and judges no speed. */
const SEEN_WITHIN_MS = 60_000;
const CAUSE = { correlationId: 'test', causationId: 'test', actor: 'test' };

describe.skipIf(isWithoutChromium)('the operators’ page (needs Chromium: make deps)', () => {
  let platform: ServedPlatform;
  let browser: Browser;
  /** What a browser complained about, on any page. */
  let complaints: string[] = [];

  beforeAll(async () => {
    // What fails is set aside at once.
    platform = await servePlatform({ PASSENGERS_RETRIES: '0' });
    browser = await launchChromium();
  });

  afterAll(async () => {
    await browser?.close();
    await platform?.stop();
  });

  beforeEach(() => {
    complaints = [];
  });

  afterEach(async () => {
    await Promise.all(browser.contexts().map((context) => context.close()));
  });

  async function newPage(options: BrowserContextOptions = {}): Promise<Page> {
    const viewport = { width: 1280, height: 800 };
    const context = await browser.newContext({ viewport, reducedMotion: 'reduce', ...options });
    context.setDefaultTimeout(SEEN_WITHIN_MS);
    const page = await context.newPage();
    page.on('pageerror', (error) => complaints.push(String(error)));
    page.on('console', (message) => {
      if (message.type() === 'error') complaints.push(message.text());
    });
    return page;
  }

  /** Opens a part of the page as somebody who has entered the token before. */
  async function open(search = '', options?: BrowserContextOptions): Promise<Page> {
    const page = await newPage(options);
    await page.addInitScript(
      (token) => sessionStorage.setItem('tidemark-operator-token', token),
      platform.operatorToken,
    );
    await page.goto(`${platform.url}/operations${search}`);
    return page;
  }

  async function newFlight(flightNumber: string): Promise<string> {
    return platform.create('/flights', { flightNumber, origin: 'Oslo', destination: 'Rome' });
  }

  /** Stores what no command would: a message that the passengers' inbox cannot take. */
  async function storeBadRelease(flightId: string): Promise<void> {
    const { store } = infrastructureOf(platform, 'flights');
    const data = { passengerId: 'not_an_id', hadBoarded: false };
    const event = { id: `bad-${flightId}`, type: 'PassengerReleased', schema: 1, data };
    const events = [{ ...event, stream: `flight-${flightId}` as const, cause: CAUSE }];
    await store.append({ events, conditions: [] });
  }

  test('asks for the token once, brings it in a header to its own routes only, and forgets it', async () => {
    const page = await newPage();
    const brought: string[] = [];
    page.on('request', (request) => {
      expect(request.url() + (request.postData() ?? '')).not.toContain(platform.operatorToken);
      const { authorization } = request.headers();
      if (authorization !== undefined) brought.push(new URL(request.url()).pathname);
    });
    await page.goto(platform.url);
    await page.getByRole('link', { name: 'Operations' }).click();
    const token = page.getByLabel('Token', { exact: true });
    await token.fill('another');
    await page.getByRole('button', { name: 'Open operations' }).click();
    await page.getByRole('alert').getByText('does not take this token').waitFor();
    expect(await token.evaluate((field) => field === document.activeElement)).toBe(true);
    // Chromium tells of every 401 itself.
    expect(complaints.splice(0)).toEqual([expect.stringContaining('401')]);

    await token.fill(platform.operatorToken);
    await token.press('Enter');
    await panel(page, 'flights').getByText('read-model/flights.v1').waitFor();
    await page.reload();
    await panel(page, 'flights').waitFor();
    expect(brought.length).toBeGreaterThan(2);
    expect(brought.filter((path) => !path.startsWith('/operations/'))).toEqual([]);
    expect(await page.evaluate(() => localStorage.length)).toBe(0);

    await page.getByRole('button', { name: 'Forget the token' }).click();
    await token.waitFor();
    expect(await panel(page, 'flights').count()).toBe(0);
    expect(await page.evaluate(() => sessionStorage.length)).toBe(0);
    expect(complaints).toEqual([]);
  });

  test('asks again when the platform no longer takes the token', async () => {
    const page = await newPage();
    await page.addInitScript(() => {
      sessionStorage.setItem('tidemark-operator-token', 'of yesterday');
    });
    await page.goto(`${platform.url}/operations?section=timers`);
    await page.getByText('no longer takes the token').waitFor();
    await page.getByLabel('Token', { exact: true }).fill(platform.operatorToken);
    await page.getByRole('button', { name: 'Open operations' }).click();
    await page.getByRole('region', { name: 'Timers' }).waitFor();
  });

  test('a read model is rebuilt, compared, switched to, rolled back and tidied up', async () => {
    await newFlight('OP 1');
    const page = await open('?section=read-models');
    const flights = panel(page, 'flights / flights');
    const press = (name: string) => flights.getByRole('button', { name }).click();
    const agree = (name: string) =>
      page.getByRole('dialog').getByRole('button', { name, exact: true }).click();
    await press('Rebuild');
    await flights.getByText('the new build is the same').waitFor();
    await press('Switch to the new build');
    await agree('Switch to the new build');
    await flights.getByText('The old one is kept').waitFor();
    await press('Roll back');
    await agree('Roll back');
    await flights.getByText('2 stored builds').waitFor();
    await press('Give up the new build');
    await agree('Give up the new build');
    await flights.getByText('1 stored build').waitFor();
    expect(await platform.list('/flights')).toHaveLength(1);
    await flights.getByText('its only build').waitFor();
    expect(complaints).toEqual([]);
  });

  test('a message that fails is shown with what waits behind it, tried again, and skipped', async () => {
    const flightId = await newFlight('OP 2');
    const passengerId = await platform.create('/passengers', { flightId, name: 'Ada Lovelace' });
    await storeBadRelease(flightId);
    for (const step of [`passengers/${passengerId}/board`, `flights/${flightId}/depart`]) {
      await platform.post(`/${step}`);
    }
    await platform.post(`/flights/${flightId}/land`);
    const statusOf = async () =>
      (await platform.list(`/passengers?flightId=${flightId}`))[0]?.status;

    const page = await open('?section=parked');
    const row = page.getByRole('listitem').filter({ hasText: flightId });
    await row.getByText('others behind it').waitFor();
    expect(await statusOf()).toBe('boarded');
    await row.getByRole('button', { name: 'Inspect' }).click();
    await page.getByRole('dialog').getByText('"not_an_id"').waitFor();
    await page.keyboard.press('Escape');
    await row.getByRole('button', { name: 'Retry' }).click();
    await page.getByText('is parked again').waitFor();
    await row.getByRole('button', { name: 'Skip' }).click();
    await page.getByRole('dialog').getByText('will never be handled here').waitFor();
    await page.getByRole('dialog').getByRole('button', { name: 'Skip for good' }).click();
    await page.getByText('goes on as every other').waitFor();
    await row.waitFor({ state: 'detached' });
    await expect.poll(statusOf).toBe('arrived');
    expect(complaints).toEqual([]);
  });

  test('a parked message whose cause is gone is done when it is tried again', async () => {
    const flightId = await newFlight('OP 3');
    const passengerId = await platform.create('/passengers', { flightId, name: 'Grace Hopper' });
    const { parking } = infrastructureOf(platform, 'passengers');
    const [topic, time] = ['flights.passenger-released.v1', new Date().toISOString()];
    const data = { flightId, passengerId };
    const message = { id: `late-${flightId}`, topic, key: flightId, time, data, cause: CAUSE };
    await parking.park({
      ...{ reader: 'inbox/passengers', key: flightId, items: [{ id: message.id, body: message }] },
      ...{ error: 'a neighbour was away', at: time, most: { ofKey: 10, ofReader: 10 } },
    });
    const page = await open('?section=parked');
    const row = page.getByRole('listitem').filter({ hasText: flightId });
    await row.getByText('a neighbour was away').waitFor();
    await row.getByRole('button', { name: 'Retry' }).press('Enter');
    await row.waitFor({ state: 'detached' });
    await page.getByText('Nothing is parked').waitFor();
    await expect.poll(() => platform.list(`/passengers?flightId=${flightId}`)).toEqual([]);
    expect(complaints).toEqual([]);
  });

  test('timers stand by process, the next one first', async () => {
    const { timers } = infrastructureOf(platform, 'passengers');
    const timer = (id: string, inMs: number) => ({
      ...{ id, owner: 'closing', dueAtMs: Date.now() + inMs },
      input: { type: 'Late', data: { flightId: id } },
    });
    await timers.set([timer('later', 90_000_000), timer('sooner', 80_000_000)]);
    const page = await open('?section=timers');
    const items = panel(page, 'passengers / closing').getByRole('listitem');
    await items.first().waitFor();
    expect(await items.first().textContent()).toContain('sooner');
    await items.first().getByText('What it will say').click();
    await items.first().getByText('"flightId"').waitFor();
    await timers.cancel(['later', 'sooner']);
    await page.getByText('No timer waits').waitFor();
  });

  test('an entity is found by its service, and shown as it was behind each of its events', async () => {
    const flightId = await newFlight('OP 4');
    await platform.create('/passengers', { flightId, name: 'Mary Shaw' });
    const page = await open('?section=history');
    await page.getByLabel('Service').selectOption('flights');
    await page.getByRole('button', { name: 'Show', exact: true }).click();
    await page.getByRole('link', { name: `flight-${flightId}` }).click();
    const then = page.getByRole('region', { name: 'The flight as it was' });
    await then.locator('[aria-valuetext="0 of 1 boarded"]').waitFor();
    await page.getByRole('radio', { name: 'FlightScheduled' }).check();
    await then.locator('[aria-valuetext="0 of 0 boarded"]').waitFor();
    await page.getByText('"OP 4"').waitFor();
    await page.getByLabel('Stream').fill('flight-of-nobody');
    await page.keyboard.press('Enter');
    await page.getByText('There is no such stream').waitFor();
    expect(complaints).toEqual([]);
  });

  test('a person is counted, exported and erased, and their id stands in no address', async () => {
    const flightId = await newFlight('OP 5');
    const passengerId = await platform.create('/passengers', { flightId, name: 'Zebedee Canary' });
    const page = await open('?section=timers');
    await page.getByRole('link', { name: 'Flights', exact: true }).click();
    const card = page.getByRole('article', { name: 'OP 5' });
    await card.getByRole('button', { name: 'History of Zebedee Canary' }).click();
    await page.getByRole('dialog').getByRole('radio').first().waitFor();
    await page.getByRole('dialog').getByRole('link', { name: 'Export or erase' }).click();
    const holdings = page.getByRole('region', { name: 'passengers', exact: true });
    await holdings.getByText('PassengerCheckInRequested, field name: 1 event').waitFor();
    expect(page.url()).not.toContain(passengerId);

    const [download] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('button', { name: 'Export as a file' }).click(),
    ]);
    const exported = JSON.parse(await readFile(await download.path(), 'utf8'));
    expect(exported.subject).toBe(passengerId);
    expect(JSON.stringify(exported.records)).toContain('Zebedee Canary');
    await page.getByText(`${exported.records.length} records in the file`).waitFor();

    await page.getByRole('button', { name: 'Erase this person' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel('Type the id').fill('somebody-else');
    await dialog.getByRole('button', { name: 'Erase for good' }).click();
    await dialog.getByText('another id').waitFor();
    await dialog.getByLabel('Type the id').fill(passengerId);
    await dialog.getByRole('button', { name: 'Erase for good' }).click();
    await page.getByText('cannot be read any more').waitFor();
    await holdings.getByText('PassengerCheckInRequested, field name: 1 event').waitFor();
    const [passenger] = await platform.list(`/passengers?flightId=${flightId}`);
    expect(passenger?.name).toEqual({ erased: true });
    expect(complaints).toEqual([]);
  });

  test('an export that breaks off is not taken for whole', async () => {
    const page = await open('?section=people');
    await page.route('**/operations/exports', (route) =>
      route.fulfill({ contentType: 'text/event-stream', body: 'event: record\ndata: {}\n\n' }),
    );
    await page.getByLabel('Id of the person').fill('anybody');
    await page.getByRole('button', { name: 'See what is held' }).click();
    await page.getByText('Nothing is held under this id').waitFor();
    let downloads = 0;
    page.on('download', () => {
      downloads += 1;
    });
    await page.getByRole('button', { name: 'Export as a file' }).click();
    await page.getByRole('alert').getByText('broke off').waitFor();
    expect(downloads).toBe(0);
  });

  describe('each part', () => {
    let parts: readonly (readonly [search: string, ready: string])[];

    beforeAll(async () => {
      const flightId = await newFlight('OP 6');
      const passengerId = await platform.create('/passengers', { flightId, name: 'Tony Hoare' });
      await storeBadRelease(flightId);
      const stream = `passenger-${passengerId}`;
      parts = [
        ['', 'article'],
        ['?section=read-models', 'progress, summary'],
        ['?section=parked', 'article li'],
        ['?section=timers', 'article, text=No timer waits'],
        ['?section=history', 'a[href*="stream="]'],
        [`?section=history&service=passengers&stream=${stream}`, 'input[type=radio]'],
        ['?section=people', 'form'],
      ];
    });

    for (const [where, options] of [
      ['on a desk in the light', { colorScheme: 'light' }],
      ['on a phone in the dark', { colorScheme: 'dark', viewport: { width: 360, height: 740 } }],
    ] as const) {
      test(`fits, and has nothing that axe finds serious, ${where}`, async () => {
        for (const [search, ready] of parts) {
          const page = await open(search, options);
          await firstOf(page, ready).waitFor();
          const [over, found] = [
            await page.evaluate(sidewaysOverflow),
            await seriousViolations(page),
          ];
          expect({ search, over, found }).toEqual({ search, over: 0, found: [] });
          await page.context().close();
        }
      });
    }

    test('does not move while it loads', async () => {
      for (const [search, ready] of parts) {
        const page = await newPage();
        await page.addInitScript(observeShifts);
        await page.addInitScript(
          (token) => sessionStorage.setItem('tidemark-operator-token', token),
          platform.operatorToken,
        );
        await page.goto(`${platform.url}/operations${search}`);
        await firstOf(page, ready).waitFor();
        const moved = await page.evaluate(() => (window as Shifting).shifted());
        expect({ search, moved }).toEqual({ search, moved: 0 });
        await page.context().close();
      }
    });
  });
});

function panel(page: Page, name: string): Locator {
  return page.getByRole('article', { name, exact: true });
}

/** The first thing that any of some selectors finds inside the content. */
function firstOf(page: Page, selectors: string): Locator {
  const [first = '', ...others] = selectors.split(', ').map((one) => one.trim());
  const content = page.locator('#content');
  return others
    .reduce((found, one) => found.or(content.locator(one)), content.locator(first))
    .first();
}

function infrastructureOf(platform: ServedPlatform, service: string) {
  const found = platform.infrastructure.get(service);
  if (found === undefined) throw new Error(`no service ${service}`);
  return found;
}
