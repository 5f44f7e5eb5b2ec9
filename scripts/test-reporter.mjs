// A Vitest reporter that keeps what `make test` prints at its end.
import { writeFileSync } from 'node:fs';

/** Writes `{ passed, failed, skips }` to the file that TIDEMARK_TEST_SUMMARY names. */
export default class SummaryReporter {
  onTestRunEnd(modules, unhandledErrors) {
    const summary = { passed: 0, failed: unhandledErrors.length, skips: [] };
    for (const module of modules) {
      const tests = [...module.children.allTests()];
      for (const test of tests) count(summary, test);
      // A file that could not be loaded, or whose setup failed, has no failed test of its own.
      const failedTests = tests.filter((test) => test.result().state === 'failed').length;
      if (module.state() === 'failed' && failedTests === 0) summary.failed += 1;
    }
    const path = process.env.TIDEMARK_TEST_SUMMARY;
    if (path !== undefined) writeFileSync(path, JSON.stringify(summary));
  }
}

function count(summary, test) {
  const result = test.result();
  if (result.state === 'passed') summary.passed += 1;
  else if (result.state === 'failed') summary.failed += 1;
  else summary.skips.push(result.note ?? reasonOf(test));
}

/** Without a note the name of the test or of its suite says what it needs. */
function reasonOf(test) {
  const suite = test.parent.type === 'suite' ? test.parent.fullName : undefined;
  const isReason = /\bneeds?\b|make deps/;
  const reason = [test.name, suite].find((name) => name !== undefined && isReason.test(name));
  return `${test.module.relativeModuleId}: ${reason ?? suite ?? test.name}`;
}
