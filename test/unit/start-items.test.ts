import { describe, expect, test } from 'vitest';
import type { BackfillItem } from '../../src/backfill/backfill-item.js';
import { createStartItem, type StartItem } from '../../src/backfill/start-item.js';
import { startItems, type StartItemsLimits } from '../../src/backfill/start-items.js';
import { NO_COUNTS, NO_SAMPLES, type PageProgress } from '../../src/core/backfill.js';
import { MidstateError } from '../../src/core/failures.js';
import type { UploadOutcome } from '../../src/ingest/start-upload.js';

const BEGIN: PageProgress = { position: {}, counts: NO_COUNTS, samples: NO_SAMPLES };

async function* itemsOf(count: number, from = 0): AsyncGenerator<BackfillItem> {
  await Promise.resolve();
  for (let index = from; index < count; index += 1) yield itemOf(index);
}

function itemOf(index: number): BackfillItem {
  const object = { bucket: 'b', key: `k${String(index)}`, etag: 'e', sizeBytes: 1 };
  return { kind: 'object', object, position: { after: object.key } };
}

/** A clock that only pauses move. */
function stageOf(start: StartItem) {
  let nowMs = 0;
  const seen: PageProgress[] = [];
  const stage = {
    startedAt: new Map<string, number>(),
    isStopped: false,
    seen,
    run: (items: AsyncGenerator<BackfillItem>, limits: Partial<StartItemsLimits> = {}, from = BEGIN) =>
      startItems(
        items,
        from,
        {
          start: async (object) => {
            stage.startedAt.set(object.key, nowMs);
            return start(object);
          },
          onProgress: (progress) => seen.push(progress),
          now: () => nowMs,
          pause: (ms) => {
            nowMs += ms;
            return Promise.resolve();
          },
          shouldStop: () => stage.isStopped,
        },
        { maxObjects: 1_000, maxSeconds: 10, ...limits },
      ),
    spend: (ms: number) => {
      nowMs += ms;
    },
  };
  return stage;
}

const started: StartItem = (object) =>
  Promise.resolve({ kind: 'started', workflowId: 'w', upload: { object, source: { kind: 'backfill' } } });

const ending = (kind: UploadOutcome['kind']): StartItem => {
  return (object) => Promise.resolve({ kind, upload: { object } } as unknown as UploadOutcome);
};

describe('a page of a backfill', () => {
  test('starts every object, and ends as the last when there are no more', async () => {
    const stage = stageOf(started);

    const result = await stage.run(itemsOf(120));

    expect(result).toMatchObject({
      isLast: true,
      position: { after: 'k119' },
      counts: { ...NO_COUNTS, listed: 120, started: 120 },
    });
    expect(stage.startedAt.size).toBe(120);
    expect(result.samples.started).toHaveLength(20);
  });

  test.for([
    ['found', 'found'],
    ['remembered', 'labelled'],
    ['out-of-scope', 'outOfScope'],
    ['gone', 'gone'],
    ['superseded', 'gone'],
  ] as const)('counts an upload that is %s as %s', async ([kind, end]) => {
    const result = await stageOf(ending(kind)).run(itemsOf(3));

    expect(result.counts).toEqual({ ...NO_COUNTS, listed: 3, [end]: 3 });
    expect(result.samples).toEqual(NO_SAMPLES);
  });

  test('ends at its size, and the next one goes on there', async () => {
    const stage = stageOf(started);

    const first = await stage.run(itemsOf(120), { maxObjects: 70 });
    const second = await stage.run(itemsOf(120, 70), { maxObjects: 70 });

    expect(first).toMatchObject({ isLast: false, position: { after: 'k69' }, counts: { listed: 70 } });
    expect(second).toMatchObject({ isLast: true, counts: { listed: 50 } });
  });

  test('goes on from where an attempt before it came to, which counts', async () => {
    const stage = stageOf(started);
    const from = { ...BEGIN, position: { after: 'k49' }, counts: { ...NO_COUNTS, listed: 50, started: 50 } };

    const result = await stage.run(itemsOf(120, 50), { maxObjects: 60 }, from);

    expect(result).toMatchObject({ isLast: false, counts: { listed: 60, started: 60 } });
    expect([...stage.startedAt.keys()]).toEqual(Array.from({ length: 10 }, (_, n) => `k${String(50 + n)}`));
  });

  test('never starts more jobs than it may, whatever else it passes by', async () => {
    let calls = 0;
    const start: StartItem = (object) => (calls++ % 2 === 0 ? ending('found')(object) : started(object));
    const stage = stageOf(start);

    const result = await stage.run(itemsOf(500), { maxStarts: 30 });

    expect(result).toMatchObject({ isLast: false, counts: { started: 30 } });
    expect(result.counts.listed).toBeLessThanOrEqual(61);
  });

  test('begins nothing new once its time is over, or it is told to stop', async () => {
    const slow = stageOf((object) => {
      slow.spend(250);
      return started(object);
    });
    const stopped = stageOf((object) => {
      stopped.isStopped = true;
      return started(object);
    });

    expect(await slow.run(itemsOf(500))).toMatchObject({ isLast: false, counts: { listed: 50 } });
    expect(await stopped.run(itemsOf(500))).toMatchObject({ isLast: false, counts: { listed: 50 } });
  });

  test.for([0.5, 1, 7, 100])('keeps a rate of %d objects a second, to its end', async (ratePerSecond) => {
    const stage = stageOf(started);
    const objects = Math.ceil(ratePerSecond * 5);

    const result = await stage.run(itemsOf(objects), { ratePerSecond, maxSeconds: Infinity });
    const endedAtMs = Math.max(...stage.startedAt.values());

    expect(result.counts.listed).toBe(objects);
    // In any second no more begin than the rate, the first of them included.
    for (const atMs of stage.startedAt.values()) {
      const begun = [...stage.startedAt.values()].filter((other) => other > atMs - 1_000 && other <= atMs);
      expect(begun.length).toBeLessThanOrEqual(Math.max(1, ratePerSecond));
    }
    expect(endedAtMs).toBeGreaterThanOrEqual(1_000 * (objects / ratePerSecond - 2 - 1 / ratePerSecond));
  });

  test('names what S3 refuses and what cannot be read, and goes on', async () => {
    const stage = stageOf((object) =>
      object.key === 'k1' ? Promise.reject(new MidstateError('AccessDenied', 'denied')) : started(object),
    );
    async function* items(): AsyncGenerator<BackfillItem> {
      yield* itemsOf(3);
      yield { kind: 'fault', where: 'line 4', reason: 'no key', position: { line: 4 } };
      yield { kind: 'not-current', position: { line: 5 } };
    }

    const result = await stage.run(items());

    expect(result.counts).toEqual({ ...NO_COUNTS, listed: 5, started: 2, failed: 2, notCurrent: 1 });
    expect(result.samples.failed).toEqual(['s3://b/k1: denied', 'line 4: no key']);
  });

  test('is broken off by a fault that passes, and has told of what was done before', async () => {
    const stage = stageOf((object) =>
      object.key === 'k60'
        ? Promise.reject(new MidstateError('TemporalUnavailable', 'away'))
        : started(object),
    );

    await expect(stage.run(itemsOf(120))).rejects.toMatchObject({ failure: 'TemporalUnavailable' });

    expect(stage.seen).toMatchObject([{ position: { after: 'k49' }, counts: { started: 50 } }]);
  });
});

describe('an object of a backfill', () => {
  const describing = (isSidecar: boolean) => ({
    asked: [] as string[],
    describe({ key }: { key: string }) {
      this.asked.push(key);
      return Promise.resolve({ isSidecar });
    },
  });
  const startUpload = (upload: UploadOutcome['upload']) =>
    Promise.resolve({ kind: 'started' as const, workflowId: 'w', upload });

  test('that is a sidecar of ours is left alone; only keys like one are asked about', async () => {
    const ours = describing(true);
    const start = createStartItem({ startUpload, describe: (object) => ours.describe(object) });

    expect(await start({ bucket: 'b', key: 'film.sha256' })).toBe('sidecar');
    expect(await start({ bucket: 'b', key: 'film' })).toMatchObject({ kind: 'started' });
    expect(ours.asked).toEqual(['film.sha256']);
  });

  test('with the name of a sidecar but none of ours is started, as by a backfill', async () => {
    const start = createStartItem({ startUpload, describe: () => Promise.resolve({ isSidecar: false }) });

    expect(await start({ bucket: 'b', key: 'film.md5' })).toMatchObject({
      kind: 'started',
      upload: { source: { kind: 'backfill' } },
    });
  });

  test('that is gone when it is asked about ends as gone', async () => {
    const describe = () => Promise.reject(new MidstateError('ObjectGone', 'gone'));

    expect(await createStartItem({ startUpload, describe })({ bucket: 'b', key: 'k.md5' })).toMatchObject({
      kind: 'gone',
    });
  });
});
