// The house rules that no linter has. Each test answers a list of what is wrong, so that all of it shows at once.
import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { readTrackedFiles, type TrackedFile } from './tracked-files.ts';

const FILES = readTrackedFiles();
const CODE = FILES.filter(({ path }) => /\.tsx?$/.test(path) && !isGenerated(path));

const ROOT_ENTRIES = new Set(
  `.ci .dependency-cruiser.cjs .editorconfig .gitattributes .gitignore .npmrc .nvmrc ARCHITECTURE.md
  CHANGELOG.md CONTRIBUTING.md LICENSE Makefile README.md SECURITY.md bench biome.json console contracts
  deploy docs examples gateway knip.json package-lock.json package.json packages platform scripts services
  tsconfig.base.json tsconfig.json vitest.config.ts`.split(/\s+/),
);
/** What may lie directly in a folder that is a package of its kind. */
const PACKAGE_ENTRIES: readonly { readonly folder: RegExp; readonly entries: readonly string[] }[] =
  [
    {
      folder: /^(packages|services)\/[^/]+\//,
      entries: ['README.md', 'package.json', 'src', 'stored-samples', 'test'],
    },
    {
      folder: /^(contracts|gateway|platform)\//,
      entries: ['README.md', 'package.json', 'src', 'test'],
    },
  ];
const SERVICE_SOURCES =
  /^(domain|application|adapters|(stored|compose|config|main|index)\.ts|.+\.test\.ts)$/;
const DRAWERS = /(^|-)(helpers?|utils?|common|shared|misc|base|impl|dto)$/;

describe('the tree', () => {
  test('the root holds only what its list names', () => {
    const found = new Set(FILES.map(({ path }) => first(path)));
    expect([...found].filter((entry) => !ROOT_ENTRIES.has(entry))).toEqual([]);
  });

  test('a package holds its sources, its tests and two files', () => {
    const wrong = FILES.filter(({ path }) =>
      PACKAGE_ENTRIES.some(({ folder, entries }) => {
        const inside = path.match(folder)?.[0];
        return inside !== undefined && !entries.includes(first(path.slice(inside.length)));
      }),
    );
    expect(paths(wrong)).toEqual([]);
  });

  test('a service has the same folders and files as every other', () => {
    const wrong = FILES.filter(({ path }) => {
      const inside = path.match(/^services\/[^/]+\/src\/(.+)$/)?.[1];
      return inside !== undefined && !SERVICE_SOURCES.test(first(inside));
    });
    expect(paths(wrong)).toEqual([]);
  });

  test('no folder or file is a drawer for everything', () => {
    const wrong = FILES.filter(({ path }) =>
      path.split('/').some((part) => DRAWERS.test(stem(part))),
    );
    expect(paths(wrong)).toEqual([]);
  });

  test('source files are named in kebab-case', () => {
    const wrong = CODE.filter(({ path }) => !/^[a-z0-9]+(-[a-z0-9]+)*$/.test(stem(last(path))));
    expect(paths(wrong)).toEqual([]);
  });

  test('no two tracked files hold the same', () => {
    const byContent = new Map<string, string[]>();
    for (const { path, text } of FILES) {
      const hash = createHash('sha256').update(text).digest('hex');
      byContent.set(hash, [...(byContent.get(hash) ?? []), path]);
    }
    expect([...byContent.values()].filter((same) => same.length > 1)).toEqual([]);
  });
});

describe('the code', () => {
  test('no file is longer than 300 lines, no test longer than 400', () => {
    const wrong = CODE.filter(({ path, text }) => lineCount(text) > (isTest(path) ? 400 : 300));
    expect(wrong.map(({ path, text }) => `${path}: ${lineCount(text)}`)).toEqual([]);
  });

  test('public names are listed by hand', () => {
    expect(linesMatching(CODE, /^export \* /)).toEqual([]);
  });

  test('a value is cast against its type in codecs only, and where a test needs a wrong one', () => {
    const outsideCodecs = CODE.filter(({ path }) => !/codec/.test(last(path)) && !isTest(path));
    expect(linesMatching(outsideCodecs, /\bas unknown as\b(?!\\)/)).toEqual([]);
  });

  test('there are no decorators and no enums', () => {
    expect(linesMatching(CODE, /^\s*@[A-Za-z]\w*(\(|$)/)).toEqual([]);
    expect(linesMatching(CODE, /^\s*(export )?(declare )?(const )?enum \w/)).toEqual([]);
  });

  test('classes are errors only', () => {
    expect(
      linesMatching(CODE, /^\s*(export )?(abstract )?class \w+(?! extends \w*(Error|Fault)\b)\b/),
    ).toEqual([]);
  });

  test('only config.ts and main.ts read the environment', () => {
    const judged = CODE.filter(
      ({ path }) => /^(packages|services|gateway|platform)\//.test(path) && !isTest(path),
    ).filter(({ path }) => !['config.ts', 'main.ts'].includes(last(path)));
    expect(linesMatching(judged, /\bprocess\.env\b/)).toEqual([]);
  });

  test('no file names a folder of one machine', () => {
    const wrong = FILES.filter(({ path }) => path !== 'package-lock.json');
    expect(linesMatching(wrong, /(?<![\w.-])\/(work|home|Users)\/[a-z]/)).toEqual([]);
  });
});

describe('the tests', () => {
  const TESTS = CODE.filter(({ path }) => /\.test\.tsx?$/.test(path));

  test('their names are sentences of three words or more', () => {
    const wrong = TESTS.flatMap(({ path, text }) =>
      [...text.matchAll(/^\s*(?:test|it)(?:\.\w+)*\(\s*(['"`])(.+?)\1,/gm)]
        .map((match) => match[2] ?? '')
        .filter((name) => name.trim().split(/\s+/).length < 3)
        .map((name) => `${path}: ${name}`),
    );
    expect(wrong).toEqual([]);
  });

  test('their files are named for a topic, not numbered', () => {
    expect(paths(TESTS.filter(({ path }) => /\d$/.test(stem(last(path)))))).toEqual([]);
  });

  test('none is left alone or switched off', () => {
    expect(linesMatching(TESTS, /\b(test|it|describe)\.(only|todo)\b(?!\|)/)).toEqual([]);
  });
});

describe('the packages', () => {
  const PACKAGES = FILES.filter(({ path }) => last(path) === 'package.json').map(
    ({ path, text }) => ({
      path,
      manifest: JSON.parse(text) as Manifest,
    }),
  );

  test('every dependency is one exact version', () => {
    const wrong = PACKAGES.flatMap(({ path, manifest }) =>
      Object.entries({ ...manifest.dependencies, ...manifest.devDependencies })
        .filter(([, version]) => !/^(npm:[^@]*@?[^@]+@)?\d+\.\d+\.\d+(-[\w.]+)?$/.test(version))
        .map(([name, version]) => `${path}: ${name} ${version}`),
    );
    expect(wrong).toEqual([]);
  });

  test('the lock file holds the packages of every system: else node scripts/complete-lock.mjs', async () => {
    const script = new URL('./complete-lock.mjs', import.meta.url).href;
    const { missingEntries } = (await import(script)) as {
      missingEntries: (lock: unknown) => object;
    };
    const lock = FILES.find(({ path }) => path === 'package-lock.json')?.text ?? '{}';
    expect(Object.keys(missingEntries(JSON.parse(lock)))).toEqual([]);
  });

  test('core and runtime need nothing from npm, an engine one client library', () => {
    const wrong = PACKAGES.filter(({ path, manifest }) => {
      const fromNpm = Object.keys(manifest.dependencies ?? {}).filter(
        (name) => !/^@tidemark\//.test(name),
      );
      const clients = new Set(fromNpm.map((name) => name.replace(/^(@aws-sdk)\/.*/, '$1')));
      if (/^packages\/(core|runtime)\//.test(path)) return clients.size > 0;
      return /^packages\/(store|bus)-/.test(path) && clients.size > 1;
    });
    expect(wrong.map(({ path }) => path)).toEqual([]);
  });
});

interface Manifest {
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
}

/** Written by a program from the contracts; judged where it is made. */
function isGenerated(path: string): boolean {
  return /(\.gen|\.d)\.tsx?$/.test(path) || /\/generated\//.test(path);
}

function isTest(path: string): boolean {
  return /\.test\.tsx?$|\/test\/|^packages\/testing\//.test(path);
}

function linesMatching(files: readonly TrackedFile[], pattern: RegExp): readonly string[] {
  return files.flatMap(({ path, text }) =>
    text
      .split('\n')
      .map((line, index) => ({ line, at: `${path}:${index + 1}` }))
      .filter(({ line }) => pattern.test(line) && !/^\s*(\*|\/\/|\/\*)/.test(line))
      .map(({ line, at }) => `${at}: ${line.trim()}`),
  );
}

function paths(files: readonly TrackedFile[]): readonly string[] {
  return files.map(({ path }) => path);
}

function lineCount(text: string): number {
  return text.split('\n').length - 1;
}

function first(path: string): string {
  return path.split('/')[0] ?? path;
}

function last(path: string): string {
  return path.split('/').at(-1) ?? path;
}

/** The name up to its first dot behind the first character. */
function stem(name: string): string {
  return name.replace(/(?<=.)\..*$/, '');
}
