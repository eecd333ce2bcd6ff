// A reporter of vitest: what failed, with the command that runs it again, how many passed, and how long each file took.
// It writes that to a file for the summary of `npm test`, or prints the commands where there is no such file. Vitest's own
// JSON report says nothing about unhandled errors.
import { writeFileSync } from 'node:fs';
import { relative } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { commandOf } from './again.mjs';

/** Vitest's option `--outputFile.summary=FILE` says where the summary goes. */
export default class SummaryReporter {
  onInit(vitest) {
    this.root = vitest.config.root;
    this.file = vitest.config.outputFile?.summary;
  }

  onTestRunEnd(modules, unhandledErrors) {
    const counts = { passed: 0, failed: 0, skipped: 0 };
    const failures = [];
    const times = [];
    const fail = (where, error, again) => {
      counts.failed += 1;
      failures.push({ text: `${where}: ${firstLine(error?.message)}`, again });
    };
    for (const module of modules) {
      const file = module.relativeModuleId;
      const again = (task) =>
        commandOf({
          ...{ root: this.root, project: module.project.name, file },
          ...{ names: namesOf(task), isSuite: task.type === 'suite' },
        });
      const { duration, collectDuration, setupDuration } = module.diagnostic();
      times.push({ project: module.project.name, file, ms: duration + collectDuration + setupDuration });
      // What could not be imported, and a hook that failed: there the tests are skipped, not failed.
      for (const error of module.errors()) fail(file, error, again(module));
      for (const suite of module.children.allSuites()) {
        for (const error of suite.errors()) fail(`${file} > ${suite.fullName}`, error, again(suite));
      }
      for (const test of module.children.allTests()) {
        const { state, errors } = test.result();
        if (state === 'failed') fail(`${file} > ${test.fullName}`, errors[0], again(test));
        else counts[state === 'passed' ? 'passed' : 'skipped'] += 1;
      }
    }
    for (const error of unhandledErrors) {
      const { type = 'Unhandled Error', VITEST_TEST_PATH: path, VITEST_TEST_NAME: test } = error;
      const file = path && relative(this.root, path);
      const during = [file, test].filter(Boolean).join(' > ');
      const again = file && commandOf({ root: this.root, project: projectOf(modules, file), file, names: [] });
      fail(`${type} ${during ? `during ${during}` : 'outside of any test file'}`, error, again);
    }
    if (this.file) writeFileSync(this.file, JSON.stringify({ counts, failures, times }));
    else for (const { text, again } of failures) if (again) console.log(`\n${text}\n  run it again: ${again}`);
  }
}

/** The names of a suite or a test, from the outermost on. */
function namesOf(task) {
  return task.type === 'module' ? [] : [...namesOf(task.parent), task.name];
}

function projectOf(modules, file) {
  return modules.find(({ relativeModuleId }) => relativeModuleId === file)?.project.name ?? '';
}

function firstLine(text = '') {
  return stripVTControlCharacters(text).split('\n', 1)[0];
}
