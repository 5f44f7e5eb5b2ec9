import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: [
      '{packages,services}/*/src/**/*.test.ts',
      '{packages,services}/*/test/**/*.test.ts',
      '{contracts,gateway,platform,console,scripts,docs,examples}/**/*.test.ts',
    ],
    exclude: ['**/node_modules/**', '**/dist/**'],
    // They end what hangs, and judge nothing: a busy machine may be ten times slower than an idle one.
    testTimeout: 400_000,
    hookTimeout: 400_000,
    pool: 'forks',
    maxWorkers: 2,
  },
});
