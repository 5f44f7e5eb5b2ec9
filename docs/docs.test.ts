// The documents say what the code says: programs are run, links are followed, tables are compared.
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, normalize } from 'node:path';
import { promisify } from 'node:util';
import { FAULTS } from '@tidemark/core';
import { describe, expect, test } from 'vitest';
import { withCliReference } from '../scripts/cli-reference.ts';
import { withRouteTable } from '../scripts/route-table.ts';
import { ROOT, readTrackedFiles, type TrackedFile } from '../scripts/tracked-files.ts';

const run = promisify(execFile);
const FILES = readTrackedFiles();
const PAGES = FILES.filter(({ path }) => path.endsWith('.md'));

describe('every page', () => {
  test('links to files and headings that exist', () => {
    expect(PAGES.flatMap(brokenLinks)).toEqual([]);
  });

  test('has one title, in its first line', () => {
    const wrong = PAGES.filter(({ text }) => {
      const titles = withoutCode(text).match(/^# .+/gm) ?? [];
      return titles.length !== 1 || !text.startsWith('# ');
    });
    expect(wrong.map(({ path }) => path)).toEqual([]);
  });
});

describe('README', () => {
  test('has at most 350 words beside its code', () => {
    const words = withoutCode(page('README.md')).match(/[\p{L}\d][^\s]*/gu) ?? [];
    expect(words.length).toBeLessThanOrEqual(350);
  });

  test('leads to every guide', () => {
    const guides = PAGES.filter(({ path }) => path.startsWith('docs/guides/'));
    expect(guides.length).toBeGreaterThan(5);
    expect(guides.filter(({ path }) => !page('README.md').includes(`(${path})`))).toEqual([]);
  });

  test('shows the counter program as it is, in at most 40 lines', async () => {
    const program = await readFile(join(ROOT, 'examples/counter/counter.ts'), 'utf8');
    expect(codeBlocks(page('README.md'), 'ts')).toEqual([program]);
    expect(program.split('\n').length - 1).toBeLessThanOrEqual(40);
  });

  test('says what the program prints, and that a second run goes on from there', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'tidemark-counter-'));
    try {
      const counter = () =>
        run('npm', ['run', '--silent', 'counter', '--', join(folder, 'counter.db')], { cwd: ROOT });
      expect((await counter()).stdout).toBe(codeBlocks(page('README.md'), 'text')[0]);
      expect((await counter()).stdout).toMatch(/#3 Added \{ by: 3 \}\ntotal 10\n$/);
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  });
});

describe('every guide', () => {
  const guides = PAGES.filter(({ path }) => path.startsWith('docs/guides/'));

  test.each(guides.map(({ path }) => path))('%s shows code that its test runs', (path) => {
    const stem = path.replace(/md$/, '');
    // A long program stands beside its test, in files that are named like it.
    const program = FILES.filter((file) => file.path.startsWith(stem) && file.path.endsWith('.ts'));
    expect(program.map((file) => file.path)).toContain(`${stem}test.ts`);
    const blocks = codeBlocks(page(path), 'ts');
    expect(blocks.length).toBeGreaterThan(0);
    for (const block of blocks) {
      expect(program.map(({ text }) => text).join('\n')).toContain(block);
    }
  });
});

describe('the reference', () => {
  test('lists every fault with its meaning, and no other', () => {
    const rows = tableRows(page('docs/reference/errors.md'), /^`[A-Z_]+`$/);
    const codes = Object.entries(FAULTS).map(([code, { retryable, meaning }]) => [
      `\`${code}\``,
      retryable ? 'yes' : 'no',
      meaning,
    ]);
    expect(rows).toEqual(codes);
  });

  test('lists every problem type that the http package answers', () => {
    const sources = FILES.filter(
      ({ path }) => /^(packages\/http|gateway)\/src\//.test(path) && !path.includes('.test.'),
    );
    const types = sources.flatMap(({ text }) =>
      matches(text.replace(/^ *\*.*$/gm, ''), /\btype: '([a-z]+(?:-[a-z]+)+)'/g),
    );
    const listed = page('docs/reference/errors.md');
    expect(types.length).toBeGreaterThan(10);
    expect([...new Set(types)].filter((type) => !listed.includes(`\`${type}\``))).toEqual([]);
  });

  test('lists every route with the reasons it may say no, and no other: else npm run docs', () => {
    const text = page('docs/reference/http.md');
    expect(text).toMatch(/^\| `GET \/api\/flights` \|/m);
    expect(text).toBe(withRouteTable(text));
  });

  test('lists every command of tidemark with its options, and no other: else npm run docs', () => {
    const text = page('docs/reference/cli.md');
    expect(text).toMatch(/^### `tidemark verify`$/m);
    expect(text).toBe(withCliReference(text));
  });

  test('lists every setting that is read, and no other', () => {
    const sources = FILES.filter(({ path }) =>
      /^(services|gateway|platform|packages\/cli)\/.*\.ts$/.test(path),
    );
    const read = sources.flatMap(({ path, text }) => [
      ...(/\/test\/|\.test\./.test(path) ? [] : matches(text, /\benv\.([A-Z][A-Z_]+)\b/g)),
      ...(path.endsWith('config.ts') ? matches(text, /'([A-Z]+(?:_[A-Z]+)+)'/g) : []),
    ]);
    const settings = new Set(read.filter((name) => name !== 'CONFIGURATION_INVALID'));
    const rows = tableRows(page('docs/reference/configuration.md'), /^`[A-Z_]+`/);
    const listed = rows.flatMap(([names]) => matches(names ?? '', /`([A-Z_]+)`/g));
    expect(listed.sort()).toEqual([...settings].sort());
  });
});

describe('the guarantees', () => {
  test('name tests that exist in the files they link to', () => {
    const from = 'docs/concepts/guarantees.md';
    const proofs = [...page(from).matchAll(/^ *- (.+?) \(\[[^\]]+\]\((.+?)\)\)$/gm)];
    expect(proofs.length).toBeGreaterThan(15);
    const missing = proofs.filter(([, name = '', link = '']) => {
      const path = normalize(join(dirname(from), link));
      const text = FILES.find((file) => file.path === path)?.text ?? '';
      return !name.split(' › ').every((part) => isTestName(part, text));
    });
    expect(missing.map(([line]) => line)).toEqual([]);
  });
});

describe('the architecture', () => {
  test('names a test for each thing that always holds', () => {
    const [, section = ''] = page('ARCHITECTURE.md').split('\n## What always holds\n');
    const items = (section.split('\n## ')[0] ?? '').split(/^(?=\d+\. )/m).slice(1);
    expect(items.length).toBeGreaterThan(8);
    const unproven = items.filter((item) => {
      const tests = matches(item, /\]\(([^)]+\.test\.ts)\)/g);
      return tests.length === 0 || !tests.every((path) => FILES.some((one) => one.path === path));
    });
    expect(unproven).toEqual([]);
  });
});

/** Whether a text in quotes begins so; what a template puts in front may be left out. */
function isTestName(name: string, text: string): boolean {
  return ["'", '"', '`', '} '].some((before) => text.includes(before + name));
}

function page(path: string): string {
  return PAGES.find((file) => file.path === path)?.text ?? '';
}

function brokenLinks({ path, text }: TrackedFile): readonly string[] {
  const links = matches(withoutCode(text), /\]\(([^)\s]+)\)/g);
  return links.filter((link) => !isReachable(path, link)).map((link) => `${path}: ${link}`);
}

/** Addresses outside the repository are not asked. */
function isReachable(from: string, link: string): boolean {
  if (/^(https?:|mailto:)/.test(link)) return true;
  const [file = '', heading] = link.split('#');
  const target = file === '' ? from : normalize(join(dirname(from), file));
  if (!existsSync(join(ROOT, target))) return false;
  if (heading === undefined) return true;
  const headings = withoutCode(page(target)).match(/^#+ .+/gm) ?? [];
  return headings.map(anchorOf).includes(heading);
}

function anchorOf(heading: string): string {
  const words = heading.replace(/^#+ /, '').toLowerCase();
  return words.replace(/[^\p{L}\d _-]/gu, '').replaceAll(' ', '-');
}

function withoutCode(text: string): string {
  return text
    .replace(/^```[\s\S]*?^```$/gm, '')
    .replace(/`[^`\n]*`/g, (code) => code.replace(/\W/g, 'x'));
}

function codeBlocks(text: string, language: string): readonly string[] {
  return matches(text, new RegExp(`^\`\`\`${language}\\n([\\s\\S]*?)^\`\`\`$`, 'gm'));
}

/** Cells of the table rows whose first cell looks so. */
function tableRows(text: string, firstCell: RegExp): readonly (readonly string[])[] {
  return text
    .split('\n')
    .filter((line) => line.startsWith('| '))
    .map((line) =>
      line
        .split('|')
        .slice(1, -1)
        .map((cell) => cell.trim()),
    )
    .filter(([cell]) => cell !== undefined && firstCell.test(cell));
}

/** What the first group of a pattern found, each time. */
function matches(text: string, pattern: RegExp): readonly string[] {
  return [...text.matchAll(pattern)].map((match) => match[1] ?? '');
}
