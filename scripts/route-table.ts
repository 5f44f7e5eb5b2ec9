// Writes the table of routes into docs/reference/http.md: npm run docs. A test compares it.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { auditRoutes, flightsRoutes, passengersRoutes } from '@tidemark/contracts';
import type { Routes } from '@tidemark/http';
import { ROOT } from './tracked-files.ts';

const PAGE = 'docs/reference/http.md';
/** All rows of the table, which stand together. */
const ROWS = /(?:^\| `[A-Z]+ \/api.*\n)+/m;

/** The page as it should be. */
export function withRouteTable(page: string): string {
  const rows = [flightsRoutes, passengersRoutes, auditRoutes].flatMap((routes: Routes) =>
    Object.values(routes).map(({ method, path, summary, rejections = [] }) => {
      const reasons = rejections.map((reason) => `\`${reason}\``).join(', ');
      return `| \`${method} /api${path}\` | ${firstSentence(summary)} | ${reasons} |`;
    }),
  );
  return page.replace(ROWS, `${rows.join('\n').replaceAll('  |', ' |')}\n`);
}

function firstSentence(summary: string): string {
  return summary.split('. ')[0] ?? summary;
}

if (process.argv[1]?.endsWith('route-table.ts')) {
  const path = join(ROOT, PAGE);
  writeFileSync(path, withRouteTable(readFileSync(path, 'utf8')));
}
