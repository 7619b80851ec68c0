import { describe, expect, test } from 'vitest';
import { groupJobs, type UndoneJob } from '../../src/core/undone-jobs.js';

let count = 0;

function job(given: Partial<UndoneJob> & { readonly key?: string } = {}): UndoneJob {
  const { key = 'films/a.mov', ...rest } = given;
  count++;
  return {
    workflowId: `hash:${String(count)}`,
    runId: `run-${String(count)}`,
    object: { bucket: 'archive', key },
    state: 'failed',
    cause: 'AccessDenied',
    closedAt: '2026-11-25T10:00:00.000Z',
    ...rest,
  };
}

describe('failed jobs in groups', () => {
  test('by cause: the largest first, with the newest of each for an example', () => {
    const newest = job({ cause: 'Archived', closedAt: '2026-11-25T11:00:00.000Z', sizeBytes: 5 });
    const jobs = [job(), job({ cause: 'Archived', sizeBytes: 7 }), newest];

    const groups = groupJobs(jobs, 'cause');

    expect(groups.map(({ name, count: many, sizeBytes }) => [name, many, sizeBytes])).toEqual([
      ['Archived', 2, 12],
      ['AccessDenied', 1, 0],
    ]);
    expect(groups[0]?.example).toBe(newest);
  });

  test('by anything else: with how many there are of each cause, the most frequent first', () => {
    const jobs = [job({ cause: 'Timeout' }), job(), job()];

    const [group] = groupJobs(jobs, 'bucket');

    expect(group).toMatchObject({ name: 's3://archive', count: 3 });
    expect(Object.entries(group?.causes ?? {})).toEqual([
      ['AccessDenied', 2],
      ['Timeout', 1],
    ]);
  });

  test.each([
    ['prefix', { key: 'films/2026/a.mov' }, 's3://archive/films/'],
    ['prefix', { key: 'top.mov' }, 's3://archive/'],
    ['class', { memoryClassMB: 512 }, '512 MB'],
    ['class', {}, 'unknown'],
    ['time', { closedAt: '2026-11-25T10:59:59.000Z' }, '2026-11-25T10:00Z'],
  ] as const)('by %s: %j is in %s', (by, given, name) => {
    expect(groupJobs([job(given)], by)[0]?.name).toBe(name);
  });

  test('by time: in its order, and by day where it is more than two days', () => {
    const jobs = ['2026-11-25', '2026-11-20', '2026-11-25'].map((day) =>
      job({ closedAt: `${day}T10:00:00.000Z` }),
    );

    expect(groupJobs(jobs, 'time').map(({ name, count: many }) => [name, many])).toEqual([
      ['2026-11-20', 1],
      ['2026-11-25', 2],
    ]);
  });

  test('are none where there are no jobs', () => {
    expect(groupJobs([], 'time')).toEqual([]);
  });
});
