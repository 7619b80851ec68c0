import { WorkflowFailedError } from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { createBackfillActivities } from '../../activities/index.js';
import type { StartItem } from '../../src/backfill/start-item.js';
import { MidstateError } from '../../src/core/failures.js';
import type { ListStore } from '../../src/core/list-store.js';
import { readBackfillStatus, setBackfillPaused } from '../../src/temporal/backfill-status.js';
import { startBackfill } from '../../src/temporal/start-backfill.js';
import { BackfillStage, imaginedPage, imaginedPages } from '../setup/backfill-stage.js';
import { createGate, eventually } from '../setup/eventually.js';
import { eventsOfAllRuns } from '../setup/histories.js';
import { readUntilCancelled } from '../setup/read-until-cancelled.js';

let stage: BackfillStage;

beforeAll(async () => {
  stage = await BackfillStage.open();
});

beforeEach(() => {
  stage.startPage = imaginedPages(0);
});

afterAll(() => stage.close());

describe('a backfill', () => {
  test('goes through page after page, and continues as new with counts and a position only', async () => {
    stage.startPage = imaginedPages(9_500);
    const handle = await stage.start({ pagesPerRun: 3 });

    const result = await handle.result();

    expect(result).toMatchObject({
      state: 'done',
      counts: { listed: 9_500, started: 9_500 },
      pages: 10,
      runs: 4,
      position: { after: '9500' },
    });
    expect(stage.pages.map(({ position }) => position.after)).toEqual([
      undefined,
      ...Array.from({ length: 9 }, (_, n) => String(1_000 * (n + 1))),
    ]);
    const runs = await eventsOfAllRuns(stage.clients.temporal, handle.workflowId);
    expect(runs).toHaveLength(4);
    for (const events of runs) expect(events.length).toBeLessThan(3 * 6 + 8);
  });

  test('begins no page while it is paused, says so, and goes on where it stood', async () => {
    const reached = createGate();
    const release = createGate();
    stage.startPage = async (input) => {
      reached.open();
      await release.opened;
      return imaginedPage(input, 2_500);
    };
    const handle = await stage.start();
    await reached.opened;

    const paused = await setBackfillPaused(stage.clients.temporal, handle.workflowId, true);
    release.open();
    const first = await eventually(
      async () => {
        const progress = await stage.progressOf(handle);
        return progress.pages === 1 && progress;
      },
      { what: 'the end of the page under way' },
    );
    const pagesWhilePaused = stage.pages.length;
    const resumed = await setBackfillPaused(stage.clients.temporal, handle.workflowId, false);
    const result = await handle.result();

    expect(paused).toMatchObject({ state: 'paused', pages: 0 });
    expect(first).toMatchObject({ state: 'paused', counts: { listed: 1_000 } });
    expect(pagesWhilePaused).toBe(1);
    expect(resumed?.state).toBe('running');
    expect(result).toMatchObject({ state: 'done', counts: { listed: 2_500 }, pages: 3 });
  });

  test('can be paused and resumed by signals alone, which other clients send', async () => {
    const reached = createGate();
    const release = createGate();
    stage.startPage = async (input) => {
      reached.open();
      await release.opened;
      return imaginedPage(input, 3_000);
    };
    const handle = await stage.start({ pagesPerRun: 1 });
    await reached.opened;
    await handle.signal('pause');
    await handle.signal('resume');
    release.open();

    expect(await handle.result()).toMatchObject({ state: 'done', counts: { listed: 3_000 }, runs: 3 });
  });

  test('that is cancelled counts what the page under way had done, and ends as cancelled', async () => {
    const reached = createGate();
    stage.startPage = async (input) => {
      if (input.position.after === undefined) return imaginedPage(input, 5_000);
      reached.open();
      await readUntilCancelled().catch(() => undefined);
      return { ...imaginedPage({ ...input, maxObjects: 40 }, 5_000), isLast: false };
    };
    const handle = await stage.start();
    await reached.opened;
    await handle.cancel();
    await expect(handle.result()).rejects.toBeInstanceOf(WorkflowFailedError);

    expect(await readBackfillStatus(stage.clients.temporal, handle.workflowId)).toMatchObject({
      execution: 'CANCELLED',
      progress: { state: 'cancelled', counts: { listed: 1_040, started: 1_040 } },
    });
    expect(stage.pages).toHaveLength(2);
  });

  test('that is cancelled while it is paused ends at once', async () => {
    const reached = createGate();
    stage.startPage = async (input) => {
      reached.open();
      return Promise.resolve(imaginedPage(input, 1_000_000));
    };
    const handle = await stage.start();
    await reached.opened;
    await setBackfillPaused(stage.clients.temporal, handle.workflowId, true);
    await handle.cancel();
    await expect(handle.result()).rejects.toBeInstanceOf(WorkflowFailedError);

    expect((await handle.describe()).status.name).toBe('CANCELLED');
  });

  test('starts no more jobs than its limit', async () => {
    stage.startPage = imaginedPages(9_500);
    const handle = await stage.start({ limit: 1_300 });

    expect(await handle.result()).toMatchObject({ state: 'limit reached', counts: { started: 1_300 } });
    expect(stage.pages.map(({ maxStarts }) => maxStarts)).toEqual([1_300, 300]);
  });

  test('whose source cannot be read fails under the name of the cause, with its progress', async () => {
    stage.startPage = (input) => {
      if (input.position.after === undefined) return Promise.resolve(imaginedPage(input, 5_000));
      throw ApplicationFailure.nonRetryable('denied', 'AccessDenied');
    };
    const handle = await stage.start();
    await handle.result().catch(() => undefined);

    expect(await readBackfillStatus(stage.clients.temporal, handle.workflowId)).toMatchObject({
      execution: 'FAILED',
      failure: { cause: 'AccessDenied', message: 'denied' },
      progress: { state: 'failed', counts: { listed: 1_000 } },
    });
  });

  test('that runs is found by who starts the same again, and can be started again after its end', async () => {
    const release = createGate();
    stage.startPage = async (input) => {
      await release.opened;
      return imaginedPage(input, 10);
    };
    const { temporal } = stage.clients;
    const input = stage.newInput();

    const first = await startBackfill(temporal, input);
    const second = await startBackfill(temporal, { ...input, ratePerSecond: 5 });
    release.open();
    await temporal.workflow.getHandle(first.workflowId).result();
    const third = await startBackfill(temporal, input);
    await temporal.workflow.getHandle(first.workflowId).result();

    expect([first.isNew, second.isNew, third.isNew]).toEqual([true, false, true]);
    expect(second.workflowId).toBe(first.workflowId);
  });

  test('is told of in the Web UI: what it is, how far it is, and each page by name', async () => {
    stage.startPage = imaginedPages(1_500);
    const handle = await stage.start();
    await handle.result();

    const description = await handle.describe();
    const { currentDetails } = await handle.query<{ currentDetails: string }>('__temporal_workflow_metadata');
    const [events = []] = await eventsOfAllRuns(stage.clients.temporal, handle.workflowId);
    const summaries = events.flatMap(({ activityTaskScheduledEventAttributes: scheduled, userMetadata }) =>
      scheduled == null ? [] : [Buffer.from(userMetadata?.summary?.data ?? '').toString()],
    );

    expect(await description.staticSummary()).toMatch(/^backfill s3:\/\/imagined\/[0-9a-f-]+\/$/);
    expect(currentDetails).toContain('| 1,500 | listed |');
    expect(summaries).toEqual(['"page 1"', '"page 2 after 1000"']);
  });
});

describe('lines that travel along', () => {
  test('go to the activity a page at a time, and their numbers are those of the list', async () => {
    const lines = Array.from({ length: 2_500 }, (_, n) => (n === 1_700 ? 'no-key' : `bkt,k${String(n)}`));
    const started: string[] = [];
    stage.startPage = realPages(NO_STORE, (object) => {
      started.push(object.key);
      return Promise.resolve(startedJob(object));
    });
    const handle = await stage.start({ source: { kind: 'lines', lines }, pagesPerRun: 2 });

    const result = await handle.result();

    expect(result).toMatchObject({
      state: 'done',
      of: '2500 lines',
      counts: { listed: 2_500, started: 2_499, failed: 1 },
      samples: { failed: ['line 1701: expected bucket,key[,versionId[,size]], got 1 fields'] },
    });
    expect(new Set(started).size).toBe(2_499);
    for (const { source } of stage.pages) {
      expect(source.kind === 'lines' && source.lines.length).toBeLessThanOrEqual(1_000);
    }
  });
});

describe('the pages of a backfill', () => {
  test('go on after a fault from the last handful that was done, and count each object once', async () => {
    const keys = Array.from({ length: 230 }, (_, n) => `k${String(n).padStart(4, '0')}`);
    const calls = new Map<string, number>();
    let hasFailed = false;
    stage.startPage = realPages(listing(keys), (object) => {
      calls.set(object.key, (calls.get(object.key) ?? 0) + 1);
      if (object.key === 'k0120' && !hasFailed) {
        hasFailed = true;
        throw new MidstateError('TemporalUnavailable', 'away');
      }
      return Promise.resolve(startedJob(object));
    });
    const handle = await stage.start();

    const result = await handle.result();

    expect(result.counts).toMatchObject({ listed: 230, started: 230 });
    expect(stage.pages).toHaveLength(2); // two attempts of one page
    const twice = [...calls].filter(([, count]) => count === 2).map(([key]) => key);
    expect(twice).toEqual(keys.slice(100, 150));
    expect(calls.size).toBe(230);
  });

  test('keep the rate', async () => {
    const keys = Array.from({ length: 45 }, (_, n) => `k${String(n).padStart(4, '0')}`);
    const at: number[] = [];
    stage.startPage = realPages(listing(keys), (object) => {
      at.push(performance.now());
      return Promise.resolve(startedJob(object));
    });
    const handle = await stage.start({ ratePerSecond: 20 });

    const result = await handle.result();

    expect(result.counts.started).toBe(45);
    expect(Math.max(...at) - Math.min(...at)).toBeGreaterThan(1_950);
    expect(result.objectsPerSecond).toBeLessThanOrEqual(20.5);
  });
});

const NO_STORE: ListStore = {
  listObjects: () => Promise.reject(new Error('not asked')),
  openList: () => Promise.reject(new Error('not asked')),
};

function listing(keys: readonly string[]): ListStore {
  return {
    ...NO_STORE,
    listObjects: ({ bucket, after = '', max }) => {
      const rest = keys.filter((key) => key > after);
      const objects = rest.slice(0, max).map((key) => ({ bucket, key, etag: 'e', sizeBytes: 1 }));
      return Promise.resolve({ objects, isLast: objects.length === rest.length });
    },
  };
}

/** The real activity, over listings and starts that are a test's. */
function realPages(lists: ListStore, start: StartItem) {
  return createBackfillActivities({
    lists,
    openStarter: () => Promise.resolve({ start: async (object) => start(object), close: () => undefined }),
  }).startPage;
}

function startedJob(object: Parameters<StartItem>[0]) {
  return { kind: 'started', workflowId: 'w', upload: { object, source: { kind: 'backfill' } } } as const;
}
