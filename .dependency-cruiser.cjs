/**
 * Who may import whom. Rules are written over folders; DESIGN in one picture:
 *
 *   main ─► compose ─► adapters ─► application ─► domain ─► core     inside a service
 *   store-*, bus-* ─► core and one client library                    named by main and platform only
 *   gateway, console ─► contracts, http                              they know no service
 */
const TEST = ['\\.test\\.tsx?$', '/test/'];
const ENGINE = '^packages/(store|bus)-[^/]+/';

module.exports = {
  forbidden: [
    {
      name: 'no-cycles',
      comment: 'Files that import each other in a circle cannot be read one after the other.',
      severity: 'error',
      from: {},
      to: { circular: true },
    },
    {
      name: 'everything-resolves',
      comment: 'An import that leads nowhere would slip past every other rule.',
      severity: 'error',
      from: {},
      to: { couldNotResolve: true },
    },
    {
      name: 'not-to-test',
      comment: 'Tests, and the package for them, are imported by tests only.',
      severity: 'error',
      from: { pathNot: [...TEST, '^packages/testing/', '^bench/'] },
      to: { path: [...TEST, '^packages/testing/'] },
    },
    {
      name: 'core-imports-nothing',
      comment: 'Not even node:*, so that it runs everywhere.',
      severity: 'error',
      from: { path: '^packages/core/', pathNot: TEST },
      to: { pathNot: '^packages/core/' },
    },
    {
      name: 'runtime-imports-only-core',
      comment: 'Beside what Node itself brings.',
      severity: 'error',
      from: { path: '^packages/runtime/', pathNot: TEST },
      to: { pathNot: ['^packages/core/', '^packages/runtime/'], dependencyTypesNot: ['core'] },
    },
    {
      name: 'engines-import-only-core',
      comment:
        'What engines share lives in core or is given to them; a client library may be added.',
      severity: 'error',
      from: { path: '^packages/((?:store|bus)-[^/]+)/', pathNot: TEST },
      to: {
        path: '^(packages|contracts|services|gateway|console|platform|examples|scripts)/',
        pathNot: ['^packages/core/', '^packages/$1/'],
      },
    },
    {
      name: 'engines-are-strangers',
      comment:
        'No engine knows another, in its tests either; store-memory may stand beside in a test.',
      severity: 'error',
      from: { path: '^packages/((?:store|bus)-[^/]+)/' },
      to: { path: ENGINE, pathNot: ['^packages/$1/', '^packages/store-memory/'] },
    },
    {
      name: 'only-main-and-platform-name-engines',
      comment: 'Everything else is given what it needs, so that an engine is a URL.',
      severity: 'error',
      from: {
        pathNot: [...TEST, ENGINE, '^(platform|examples|bench)/', '^services/[^/]+/src/main\\.ts$'],
      },
      to: { path: ENGINE },
    },
    {
      name: 'operations-see-services-by-their-runtime',
      comment:
        'What operators do is asked of a service through the runtime; no engine, no domain word.',
      severity: 'error',
      from: { path: '^packages/operations/', pathNot: TEST },
      to: {
        pathNot: ['^packages/(operations|core|runtime|http)/', '(^|/)node_modules/zod/'],
        dependencyTypesNot: ['core'],
      },
    },
    {
      name: 'the-command-line-talks-http',
      comment: 'It knows the routes and their types, and nothing of what is behind them.',
      severity: 'error',
      from: { path: '^packages/cli/', pathNot: TEST },
      to: {
        path: '^(packages|contracts|services|gateway|console|platform)/',
        pathNot: ['^packages/(cli|operations|http|runtime|core)/'],
      },
    },
    {
      name: 'packages-know-no-application',
      comment: 'A package serves any platform, not this one.',
      severity: 'error',
      from: { path: '^packages/' },
      to: { path: '^(contracts|services|gateway|console|platform)/' },
    },
    {
      name: 'packages-are-entered-by-their-door',
      comment: 'Only what index.ts lists is promised.',
      severity: 'error',
      from: { path: '^(?:packages/)?([^/]+)/' },
      to: { path: '^packages/[^/]+/src/', pathNot: ['/src/index\\.ts$', '^packages/$1/'] },
    },
    {
      name: 'contracts-are-data',
      comment: 'Services share schemas and nothing that runs.',
      severity: 'error',
      from: { path: '^contracts/', pathNot: TEST },
      to: { pathNot: ['^contracts/', '^packages/(http|rpc)/', '(^|/)node_modules/zod/'] },
    },
    {
      name: 'domain-sees-only-core',
      comment: 'Rules are pure functions; time and ids arrive inside the command.',
      severity: 'error',
      from: { path: '^services/([^/]+)/src/domain/', pathNot: TEST },
      to: { pathNot: ['^packages/core/', '^services/$1/src/domain/'] },
    },
    {
      name: 'stored-sees-what-is-stored',
      comment: 'The events of the domain and the inputs of processes; never who reads them.',
      severity: 'error',
      from: { path: '^services/([^/]+)/src/stored\\.ts$' },
      to: { path: '^services/', pathNot: ['^services/$1/src/domain/', '\\.process\\.ts$'] },
    },
    {
      name: 'application-sees-inwards',
      comment: 'Read models, processes and queries need no HTTP and no engine.',
      severity: 'error',
      from: { path: '^services/([^/]+)/src/application/', pathNot: TEST },
      to: {
        pathNot: [
          '^packages/(core|runtime)/',
          '^contracts/',
          '^services/$1/src/(domain|application)/',
          '^services/$1/src/stored\\.ts$',
        ],
      },
    },
    {
      name: 'adapters-see-inwards',
      comment: 'Only compose wires adapters; only config reads the environment.',
      severity: 'error',
      from: { path: '^services/([^/]+)/src/(domain|application|adapters)/', pathNot: TEST },
      to: { path: '^services/$1/src/(compose|config|main|index)\\.ts$' },
    },
    {
      name: 'compose-does-not-run',
      comment: 'A composed service is a value; main and platform run it.',
      severity: 'error',
      from: { path: '^services/[^/]+/src/(?!main\\.ts$)', pathNot: TEST },
      to: { path: '^services/[^/]+/src/main\\.ts$' },
    },
    {
      name: 'services-are-strangers',
      comment: 'They meet in contracts and on the bus.',
      severity: 'error',
      from: { path: '^services/([^/]+)/', pathNot: TEST },
      to: { path: '^services/(?!$1/)' },
    },
    {
      name: 'neighbours-are-entered-by-their-door',
      comment: 'A test may stand a whole neighbour beside its service, never reach inside it.',
      severity: 'error',
      from: { path: '^services/([^/]+)/' },
      to: { path: '^services/(?!$1/)', pathNot: '/src/index\\.ts$' },
    },
    {
      name: 'gateway-and-console-know-no-service',
      comment: 'Routes come from contracts.',
      severity: 'error',
      from: { path: '^(gateway|console)/', pathNot: TEST },
      to: { path: ['^services/', '^platform/', ENGINE] },
    },
    {
      name: 'platform-is-the-top',
      comment: 'It is started, not imported; its own and end-to-end tests start it.',
      severity: 'error',
      from: { pathNot: ['^platform/', '^bench/', ...TEST] },
      to: { path: '^platform/' },
    },
  ],
  options: {
    // Without it type-only imports vanish, and a domain could lean on a runtime type.
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '(^|/)(dist|coverage)/' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'types', 'node', 'default'],
      extensions: ['.ts', '.tsx', '.mts', '.js', '.mjs', '.cjs', '.json', '.d.ts'],
    },
  },
};
