import { setImmediate as nextTurn } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { MidstateError } from '../../src/core/failures.js';
import type { UploadEvent } from '../../src/ingest/parse-s3-event.js';
import { runPoller, type PollerSettings } from '../../src/ingest/poller.js';
import { FakeMessageQueue } from '../fakes/fake-message-queue.js';

const SETTINGS: PollerSettings = { receivers: 2, maxInFlight: 50, holdSeconds: 60, faultPauseMs: 1 };

const temporalDown = () => new MidstateError('TemporalUnavailable', 'no answer');

function eventBody(...keys: string[]): string {
  const records = keys.map((key) => ({
    eventSource: 'aws:s3',
    eventName: 'ObjectCreated:Put',
    s3: { bucket: { name: 'b' }, object: { key, size: 1, eTag: 'e', sequencer: '01' } },
  }));
  return JSON.stringify({ Records: records });
}

/** Starts that the test acknowledges, by key; a start stays open until then. */
class Starts {
  readonly asked: string[] = [];
  readonly #open = new Map<string, { resolve: () => void; reject: (error: Error) => void }>();

  readonly start = ({ object }: UploadEvent) => {
    this.asked.push(object.key);
    return new Promise<{ workflowId: string; isNew: boolean }>((resolve, reject) => {
      this.#open.set(object.key, {
        resolve: () => {
          resolve({ workflowId: `hash:${object.key}`, isNew: true });
        },
        reject,
      });
    });
  };

  /** Refuses what is still open, so that a poller that stops can end. */
  refuseAll(): void {
    for (const { reject } of this.#open.values()) reject(new Error('the test is over'));
    this.#open.clear();
  }

  count(key: string): number {
    return this.asked.filter((asked) => asked === key).length;
  }

  async acknowledge(key: string): Promise<void> {
    (await this.#opened(key)).resolve();
  }

  async fail(key: string, error: Error): Promise<void> {
    (await this.#opened(key)).reject(error);
  }

  async #opened(key: string) {
    const opened = await vi.waitFor(() => {
      const found = this.#open.get(key);
      if (found === undefined) throw new Error(`no start of ${key}`);
      return found;
    });
    this.#open.delete(key);
    return opened;
  }
}

describe('the poller', () => {
  let queue: FakeMessageQueue;
  let starts: Starts;
  let stop: AbortController;
  let log: ReturnType<typeof vi.fn<(event: string, facts: Record<string, unknown>) => void>>;
  let polling: Promise<void>;

  function poll(settings: Partial<PollerSettings> = {}): void {
    polling = runPoller({ queue, start: starts.start, log }, stop.signal, { ...SETTINGS, ...settings });
    polling.catch(() => undefined);
  }

  /** Gives everything that can go on without the outside the time to do so. */
  async function settle(): Promise<void> {
    for (let turn = 0; turn < 20; turn++) await nextTurn();
  }

  function logged(event: string) {
    return log.mock.calls.filter(([name]) => name === event).map(([, facts]) => facts);
  }

  beforeEach(() => {
    queue = new FakeMessageQueue();
    starts = new Starts();
    stop = new AbortController();
    log = vi.fn();
  });

  afterEach(async () => {
    stop.abort();
    starts.refuseAll();
    await polling.catch(() => undefined);
  });

  test('deletes a message once its start is acknowledged, and not before', async () => {
    queue.send('m1', eventBody('k1'));
    poll();
    await vi.waitFor(() => {
      expect(starts.asked).toEqual(['k1']);
    });
    await settle();
    expect(queue.deleted).toEqual([]);

    await starts.acknowledge('k1');

    await vi.waitFor(() => {
      expect(queue.deleted).toEqual(['m1']);
    });
    expect(queue.released).toEqual([]);
    expect(logged('job started')).toEqual([expect.objectContaining({ workflowId: 'hash:k1', key: 'k1' })]);
  });

  test('deletes a message of several records only after the last of their starts', async () => {
    queue.send('m1', eventBody('k1', 'k2', 'k3'));
    poll();
    await starts.acknowledge('k3');
    await starts.acknowledge('k1');
    await settle();
    expect(queue.deleted).toEqual([]);

    await starts.acknowledge('k2');

    await vi.waitFor(() => {
      expect(queue.deleted).toEqual(['m1']);
    });
  });

  test('deletes a test event, and starts nothing', async () => {
    queue.send('m1', JSON.stringify({ Service: 'Amazon S3', Event: 's3:TestEvent' }));
    poll();

    await vi.waitFor(() => {
      expect(queue.deleted).toEqual(['m1']);
    });
    expect(starts.asked).toEqual([]);
    expect(logged('event ignored')).toEqual([{ messageId: 'm1', events: ['s3:TestEvent'] }]);
  });

  test('leaves a message that it does not understand to the redrive policy', async () => {
    queue.send('m1', 'not json');
    poll();

    await vi.waitFor(() => {
      expect(logged('message left in the queue')).toEqual([
        { messageId: 'm1', error: expect.stringMatching(/it is not JSON/) as string },
      ]);
    });
    expect(queue.deleted).toEqual([]);
    expect(queue.released).toEqual([]);
  });

  test('holds a message while Temporal does not answer, and starts its job again until it does', async () => {
    queue.send('m1', eventBody('k1'));
    poll();
    for (let outage = 0; outage < 3; outage++) await starts.fail('k1', temporalDown());
    await vi.waitFor(() => {
      expect(starts.count('k1')).toBe(4);
    });
    expect(queue.deleted).toEqual([]);
    expect(queue.released).toEqual([
      ['m1', 60],
      ['m1', 60],
      ['m1', 60],
    ]);

    await starts.acknowledge('k1');

    await vi.waitFor(() => {
      expect(queue.deleted).toEqual(['m1']);
    });
    expect(starts.count('k1')).toBe(4);
  });

  test('leaves a message whose start is refused for another cause, and keeps polling', async () => {
    queue.send('m1', eventBody('k1'));
    queue.send('m2', eventBody('k2'));
    poll();
    await starts.fail('k1', new Error('PERMISSION_DENIED'));
    await starts.acknowledge('k2');

    await vi.waitFor(() => {
      expect(queue.deleted).toEqual(['m2']);
    });
    expect(logged('message left in the queue')).toEqual([{ messageId: 'm1', error: 'PERMISSION_DENIED' }]);
  });

  test('is not held up by a slow message, neither in its batch nor in the next one', async () => {
    queue.send('slow', eventBody('slow'));
    queue.send('m1', eventBody('k1'));
    poll({ receivers: 1 });
    await starts.acknowledge('k1');
    queue.send('m2', eventBody('k2'));
    await starts.acknowledge('k2');

    await vi.waitFor(() => {
      expect(queue.deleted).toEqual(['m1', 'm2']);
    });
    expect(starts.count('slow')).toBe(1);
  });

  test('asks for no more messages while its hands are full', async () => {
    for (let n = 0; n < 40; n++) queue.send(`m${n}`, eventBody(`k${n}`));
    poll({ receivers: 1, maxInFlight: 20 });
    await vi.waitFor(() => {
      expect(starts.asked).toHaveLength(20);
    });
    await settle();
    expect(starts.asked).toHaveLength(20);
    expect(queue.receives).toBe(2);

    await starts.acknowledge('k0');

    await vi.waitFor(() => {
      expect(starts.asked).toHaveLength(30);
    });
    expect(queue.receives).toBe(3);
  });

  test('holds at most ten messages a receiver beyond its bound', async () => {
    for (let n = 0; n < 200; n++) queue.send(`m${n}`, eventBody(`k${n}`));

    poll({ receivers: 3, maxInFlight: 15 });
    await settle();

    expect(starts.asked.length).toBeGreaterThanOrEqual(15);
    expect(starts.asked.length).toBeLessThan(15 + 3 * 10);
  });

  test('keeps polling when the queue does not answer for a while', async () => {
    queue.fail('receive', new MidstateError('StoreUnavailable', 'no answer'));
    queue.fail('receive', new MidstateError('StoreUnavailable', 'no answer'));
    queue.send('m1', eventBody('k1'));
    poll();
    await starts.acknowledge('k1');

    await vi.waitFor(() => {
      expect(queue.deleted).toEqual(['m1']);
    });
    expect(logged('receive failed, trying again')).toHaveLength(2);
  });

  test('says so when a started message cannot be deleted: it will come again, and find its job', async () => {
    queue.fail('delete', new MidstateError('StoreUnavailable', 'no answer'));
    queue.send('m1', eventBody('k1'));
    poll();
    await starts.acknowledge('k1');

    await vi.waitFor(() => {
      expect(logged('message left in the queue')).toEqual([{ messageId: 'm1', error: 'no answer' }]);
    });
    expect(queue.deleted).toEqual([]);
  });

  test.each(['QueueNotFound', 'AccessDenied'] as const)(
    'ends with %s, which no waiting cures',
    async (name) => {
      poll();
      queue.fail('receive', new MidstateError(name, 'no'));

      await expect(polling).rejects.toMatchObject({ failure: name });
    },
  );

  test('finishes or releases what is in hand before it ends with a fatal failure', async () => {
    queue.send('m1', eventBody('k1'));
    poll();
    await vi.waitFor(() => {
      expect(starts.asked).toEqual(['k1']);
    });
    let ended = false;
    void polling.catch(() => (ended = true));

    queue.fail('receive', new MidstateError('QueueNotFound', 'gone'));
    await settle();
    expect(ended).toBe(false);
    await starts.acknowledge('k1');

    await expect(polling).rejects.toMatchObject({ failure: 'QueueNotFound' });
    expect(queue.deleted).toEqual(['m1']);
  });
});

describe('a poller that is stopped', () => {
  function run(queue: FakeMessageQueue, starts: Starts, stop: AbortController, faultPauseMs = 1) {
    return runPoller({ queue, start: starts.start, log: () => undefined }, stop.signal, {
      ...SETTINGS,
      faultPauseMs,
    });
  }

  test('ends at once when it has nothing in hand', async () => {
    const stop = new AbortController();
    const polling = run(new FakeMessageQueue(), new Starts(), stop);

    stop.abort();

    await expect(polling).resolves.toBeUndefined();
  });

  test('waits for the starts under way, and deletes their messages', async () => {
    const [queue, starts, stop] = [new FakeMessageQueue(), new Starts(), new AbortController()];
    queue.send('m1', eventBody('k1'));
    const polling = run(queue, starts, stop);
    await vi.waitFor(() => {
      expect(starts.asked).toEqual(['k1']);
    });

    stop.abort();
    await starts.acknowledge('k1');
    await polling;

    expect(queue.deleted).toEqual(['m1']);
    expect(queue.released).toEqual([]);
  });

  test('makes a message visible again at once when Temporal does not take its start', async () => {
    const [queue, starts, stop] = [new FakeMessageQueue(), new Starts(), new AbortController()];
    queue.send('m1', eventBody('k1'));
    const polling = run(queue, starts, stop);
    await vi.waitFor(() => {
      expect(starts.asked).toEqual(['k1']);
    });

    stop.abort();
    await starts.fail('k1', temporalDown());
    await polling;

    expect(queue.released).toEqual([['m1', 0]]);
    expect(queue.deleted).toEqual([]);
  });

  test('deletes no message of which one start is still open, whatever became of the others', async () => {
    const [queue, starts, stop] = [new FakeMessageQueue(), new Starts(), new AbortController()];
    queue.send('m1', eventBody('k1', 'k2'));
    const polling = run(queue, starts, stop);
    await starts.acknowledge('k1');

    stop.abort();
    await starts.fail('k2', temporalDown());
    await polling;

    expect(queue.deleted).toEqual([]);
    expect(queue.released).toEqual([['m1', 0]]);
  });

  test('does not wait out its pause: it tries once more, then lets go', async () => {
    const [queue, starts, stop] = [new FakeMessageQueue(), new Starts(), new AbortController()];
    queue.send('m1', eventBody('k1'));
    const polling = run(queue, starts, stop, 3_600_000);
    await starts.fail('k1', temporalDown());
    await vi.waitFor(() => {
      expect(queue.released).toEqual([['m1', 60]]);
    });

    stop.abort();
    await starts.fail('k1', temporalDown());
    await polling;

    expect(queue.released).toEqual([
      ['m1', 60],
      ['m1', 0],
    ]);
  });
});
