import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { FAILURE_ADVICE } from '../../src/core/failure-advice.js';
import { JOB_FAILURE_CAUSES } from '../../src/core/job-metrics.js';
import { adviceOf, meaningOf } from '../../src/core/undone-jobs.js';
import { formatTable } from '../setup/markdown-table.js';

const DOC = readFileSync(new URL('../../docs/failed-jobs.md', import.meta.url), 'utf8');

describe('what to do about a cause', () => {
  test('is said once for every cause that a job can fail under, and for nothing else', () => {
    expect(Object.keys(FAILURE_ADVICE).sort()).toEqual([...JOB_FAILURE_CAUSES].sort());
  });

  test.each([...JOB_FAILURE_CAUSES])('is something to do: %s', (cause) => {
    expect(meaningOf(cause)).toMatch(/^\w.{15,120}[^.]$/);
    expect(adviceOf(cause)).toMatch(/^\w.{6,250}[^.]$/);
  });

  test('of jobs that were ended by hand is to start them again', () => {
    expect(adviceOf('Cancelled')).toContain('midstate replay');
    expect(adviceOf('Terminated')).toContain('midstate replay');
  });

  test('stands in docs/failed-jobs.md as it stands in the code', () => {
    const rows = JOB_FAILURE_CAUSES.map((cause) => {
      const { meaning, advice } = FAILURE_ADVICE[cause];
      return [`\`${cause}\``, meaning, advice];
    }).sort(([a = ''], [b = '']) => a.localeCompare(b));

    expect(DOC).toContain(formatTable(['cause', 'what it means', 'what to do'], rows));
  });
});
