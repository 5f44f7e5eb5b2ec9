import axe from 'axe-core';
import type { Page } from 'playwright-core';

/** A page that was opened behind `observeShifts`. */
export type Shifting = typeof window & { shifted: () => number };

/** Runs in the page before it loads. */
export function observeShifts(): void {
  let total = 0;
  const add = (entries: PerformanceEntryList) => {
    for (const entry of entries) total += (entry as PerformanceEntry & { value: number }).value;
  };
  const observer = new PerformanceObserver((list) => add(list.getEntries()));
  observer.observe({ type: 'layout-shift', buffered: true });
  (window as Shifting).shifted = () => {
    add(observer.takeRecords());
    return total;
  };
}

/** Runs in the page: by how much it is wider than the screen. */
export function sidewaysOverflow(): number {
  const { scrollWidth, clientWidth } = document.documentElement;
  return Math.max(0, scrollWidth - clientWidth);
}

/** What axe finds serious or critical on a page as it is now. */
export async function seriousViolations(page: Page): Promise<readonly string[]> {
  await page.evaluate(axe.source);
  return page.evaluate(async () => {
    const { violations } = await (window as typeof window & { axe: typeof axe }).axe.run();
    return violations
      .filter(({ impact }) => impact === 'serious' || impact === 'critical')
      .map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' ')}`);
  });
}
