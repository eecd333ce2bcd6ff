// A reporter of vitest that leaves the counts of a run and a line for everything that failed in it, for the summary of
// `npm test`. Vitest's own JSON report says nothing about unhandled errors.
import { writeFileSync } from 'node:fs';
import { relative } from 'node:path';
import { stripVTControlCharacters } from 'node:util';

/** Vitest's option `--outputFile.summary=FILE` says where the summary goes. */
export default class SummaryReporter {
  onInit(vitest) {
    this.root = vitest.config.root;
    this.file = vitest.config.outputFile.summary;
  }

  onTestRunEnd(modules, unhandledErrors) {
    const counts = { passed: 0, failed: 0, skipped: 0 };
    const failures = [];
    const fail = (where, error) => {
      counts.failed += 1;
      failures.push(`${where}: ${firstLine(error?.message)}`);
    };
    for (const module of modules) {
      const file = module.relativeModuleId;
      // What could not be imported, and a hook that failed: there the tests are skipped, not failed.
      for (const error of module.errors()) fail(file, error);
      for (const suite of module.children.allSuites()) {
        for (const error of suite.errors()) fail(`${file} > ${suite.fullName}`, error);
      }
      for (const test of module.children.allTests()) {
        const { state, errors } = test.result();
        if (state === 'failed') fail(`${file} > ${test.fullName}`, errors[0]);
        else counts[state === 'passed' ? 'passed' : 'skipped'] += 1;
      }
    }
    for (const error of unhandledErrors) {
      const { type = 'Unhandled Error', VITEST_TEST_PATH: path, VITEST_TEST_NAME: test } = error;
      const during = [path && relative(this.root, path), test].filter(Boolean).join(' > ');
      fail(`${type} ${during ? `during ${during}` : 'outside of any test file'}`, error);
    }
    writeFileSync(this.file, JSON.stringify({ counts, failures }));
  }
}

function firstLine(text = '') {
  return stripVTControlCharacters(text).split('\n', 1)[0];
}
