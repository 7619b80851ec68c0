import { MidstateError, type FailureName } from '../core/failures.js';

/**
 * Starts one thing after another and reports each: at once, or, where it waits for their ends, after all are started.
 * What fails of one is no reason to leave the others, unless it would fail of each.
 *
 * @param start resolves with what reports it
 * @throws what failed of one; AggregateError of several: after all others have been reported
 */
export async function startAndReport<T>(
  items: readonly T[],
  { wait = false }: { readonly wait?: boolean },
  start: (item: T) => Promise<() => Promise<void>>,
): Promise<void> {
  const failures: unknown[] = [];
  const reports: (() => Promise<void>)[] = [];
  await ofEach(items, failures, ['StoreUnavailable', 'TemporalUnavailable'], async (item) => {
    const report = await start(item);
    if (wait) reports.push(report);
    else await report();
  });
  await ofEach(reports, failures, ['TemporalUnavailable'], (report) => report());
  if (failures.length > 0) throw failures.length === 1 ? failures[0] : new AggregateError(failures);
}

/** @param ofAll failures that end it: the next would meet them too */
async function ofEach<T>(
  items: readonly T[],
  failures: unknown[],
  ofAll: readonly FailureName[],
  work: (item: T) => Promise<void>,
): Promise<void> {
  for (const item of items) {
    try {
      await work(item);
    } catch (error) {
      failures.push(error);
      if (!(error instanceof MidstateError) || ofAll.includes(error.failure)) return;
    }
  }
}
