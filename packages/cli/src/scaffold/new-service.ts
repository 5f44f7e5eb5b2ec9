import { ExitError } from '../exit-codes.ts';
import type { Draft } from './draft.ts';
import { type Names, namesOf, pluralOf, singularOf } from './names.ts';
import { renderTemplate, type Words } from './render-template.ts';
import { addImport, append, insertAt, need, parse } from './source-edits.ts';
import { findArrayNamed } from './wiring.ts';

/** Words for one aggregate of a service. */
export function wordsOf(service: string, aggregate: Names, plural: Names): Words {
  return { depots: namesOf(service), crate: aggregate, crates: plural };
}

const SERVICE_FILES = {
  'package.json': 'service.package.json',
  'README.md': 'service.readme.md',
  'src/index.ts': 'service.index.ts',
  'src/config.ts': 'service.config.ts',
  'src/config.test.ts': 'service.config.test.ts',
  'src/stored.ts': 'service.stored.ts',
  'src/compose.ts': 'service.compose.ts',
  'src/adapters/http.ts': 'service.http.ts',
  'test/http.test.ts': 'service.http.test.ts',
};

/** A service with one aggregate, its list, and its place on the platform. */
export function addService(
  draft: Draft,
  asked: {
    readonly name: string;
    readonly aggregate: string | undefined;
    readonly plural: string | undefined;
  },
): void {
  const { name } = asked;
  if (!/^[a-z][a-z0-9]{1,30}$/.test(name)) {
    throw new ExitError(
      'usage',
      `"${name}": a service is one word of small letters and digits; settings and stores are named after it.`,
    );
  }
  if (draft.has(`services/${name}`)) {
    throw new ExitError('notNow', `services/${name} is there already; nothing was written.`);
  }
  const aggregate = namesOf(asked.aggregate ?? singularOf(name));
  const plural = namesOf(asked.plural ?? pluralOf(aggregate.kebab));
  const words = wordsOf(name, aggregate, plural);
  for (const [path, template] of Object.entries(SERVICE_FILES)) {
    draft.add(`services/${name}/${path}`, renderTemplate(template, words));
  }
  const list = `services/${name}/src/application/${aggregate.kebab}-list`;
  draft.add(`${list}.ts`, renderTemplate('service.list.ts', words));
  draft.add(`${list}.test.ts`, renderTemplate('service.list.test.ts', words));
  addAggregateFiles(draft, name, words);
  const routes = renderTemplate('aggregate.routes.ts', words);
  const contract = renderTemplate('service.contract.ts', words);
  draft.add(
    `contracts/src/${name}.ts`,
    contract.replace('// aggregate.routes\n', () => routes),
  );
  wire(draft, namesOf(name));
}

/** What every aggregate has: rules, their test, where it is kept, its routes. */
export function addAggregateFiles(draft: Draft, service: string, words: Words): void {
  const { crate } = words as Required<Words>;
  const folder = `services/${service}/src`;
  const files = {
    [`domain/${crate.kebab}.ts`]: 'aggregate.domain.ts',
    [`domain/${crate.kebab}.test.ts`]: 'aggregate.domain.test.ts',
    [`application/${crate.kebab}-stream.ts`]: 'aggregate.stream.ts',
    [`application/${crate.kebab}-aggregate.ts`]: 'aggregate.aggregate.ts',
    [`adapters/${crate.kebab}-http.ts`]: 'aggregate.http.ts',
  };
  for (const [path, template] of Object.entries(files)) {
    draft.add(`${folder}/${path}`, renderTemplate(template, words));
  }
}

/** Contracts, platform and documents learn of the service. */
function wire(draft: Draft, { camel: name, pascal, constant }: Names): void {
  draft.change('contracts/package.json', (text) => {
    const manifest = JSON.parse(text) as { exports: Record<string, string> };
    manifest.exports[`./${name}`] = `./src/${name}.ts`;
    return `${JSON.stringify(manifest, undefined, 2)}\n`;
  });
  draft.change(
    'contracts/src/index.ts',
    (text) => `${text}export { ${name}Routes } from './${name}.ts';\n`,
  );
  draft.change('platform/package.json', (text) => {
    const manifest = JSON.parse(text) as { dependencies: Record<string, string> };
    manifest.dependencies[`@tidemark/${name}`] = '0.1.0';
    const sorted = Object.entries(manifest.dependencies).sort(([a], [b]) => (a < b ? -1 : 1));
    return `${JSON.stringify({ ...manifest, dependencies: Object.fromEntries(sorted) }, undefined, 2)}\n`;
  });
  const platform = 'platform/src/services.ts';
  draft.change(platform, (text) => {
    const source = parse(platform, text);
    const line = `{ name: '${name}', routes: ${name}Routes, compose: (env, infrastructure) => compose${pascal}(read${pascal}Config(env), infrastructure) }`;
    const wired = append(source, findArrayNamed(source, 'SERVICES'), line);
    const withRoutes = addImport(platform, wired, {
      name: `${name}Routes`,
      from: '@tidemark/contracts',
    });
    const from = `@tidemark/${name}`;
    const withCompose = addImport(platform, withRoutes, { name: `compose${pascal}`, from });
    return addImport(platform, withCompose, { name: `read${pascal}Config`, from });
  });
  const table = 'scripts/route-table.ts';
  draft.change(table, (text) => {
    const source = parse(table, text);
    const added = append(source, findArrayNamed(source, 'rows'), `${name}Routes`);
    return addImport(table, added, { name: `${name}Routes`, from: '@tidemark/contracts' });
  });
  const settings = 'docs/reference/configuration.md';
  draft.change(settings, (text) => {
    const row = `| \`${constant}_RETRIES\`, \`${constant}_BACKOFF_MS\` | \`5\`, \`100\` | the same for the ${name} service |\n`;
    const before = need(
      /^\| `AUDIT_SERVICES` /m.exec(text) ?? undefined,
      { path: settings },
      'row of AUDIT_SERVICES',
    );
    return insertAt(text, before.index, row);
  });
}
