import type { SerializedError } from 'vitest';
import type { Reporter, TestModule, TestSuite, Vitest } from 'vitest/node';

interface Tally {
  passed: number;
  failed: number;
  skipped: number;
}

/**
 * Prints `N passed, N failed` (and `, N skipped` where some were) as the last line of the run: test cases; a hook or a
 * file that failed counts as one failed test, and so does a run that failed outside of all tests.
 */
class ClosingLineReporter implements Reporter {
  #tally: Tally = { passed: 0, failed: 0, skipped: 0 };
  #isWatching = false;

  onInit(vitest: Vitest): void {
    this.#isWatching = vitest.config.watch;
    if (this.#isWatching) return;
    // At the exit: after every other reporter, and after what teardowns have to say.
    process.once('exit', (exitCode) => {
      if (exitCode !== 0 && this.#tally.failed === 0) this.#tally.failed = 1;
      this.#print();
    });
  }

  onTestRunEnd(modules: readonly TestModule[], unhandledErrors: readonly SerializedError[]): void {
    this.#tally = { passed: 0, failed: unhandledErrors.length, skipped: 0 };
    for (const module of modules) addSuite(this.#tally, module);
    if (this.#isWatching) this.#print();
  }

  #print(): void {
    const { passed, failed, skipped } = this.#tally;
    const skips = skipped === 0 ? '' : `, ${String(skipped)} skipped`;
    process.stdout.write(`${String(passed)} passed, ${String(failed)} failed${skips}\n`);
  }
}

/** Counts the tests of a file or suite, and a failure of its own: an import, a hook. */
function addSuite(tally: Tally, suite: TestModule | TestSuite): void {
  tally.failed += suite.errors().length > 0 ? 1 : 0;
  for (const child of suite.children) {
    if (child.type === 'suite') {
      addSuite(tally, child);
      continue;
    }
    const { state } = child.result();
    if (state === 'passed') tally.passed++;
    else if (state === 'failed') tally.failed++;
    else tally.skipped++;
  }
}

// Vitest takes a reporter file's default export.
// eslint-disable-next-line import-x/no-default-export
export default ClosingLineReporter;
