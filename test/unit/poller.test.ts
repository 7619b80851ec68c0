import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { MidstateError } from '../../src/core/failures.js';
import type { MessageWatch } from '../../src/ingest/poller/message-watch.js';
import { FakeMessageQueue } from '../fakes/fake-message-queue.js';
import { eventBody, PollerBench, settle } from './poller-bench.js';

let bench: PollerBench;

beforeEach(() => {
  bench = new PollerBench();
});

afterEach(() => bench.close());

describe('the poller', () => {
  test('deletes a message once its start is acknowledged, and not before', async () => {
    bench.queue.send('m1', eventBody('k1'));
    bench.poll();
    await bench.asked('k1');
    await settle();
    expect(bench.queue.deleted).toEqual([]);

    await bench.starts.acknowledge('k1');

    await bench.deleted('m1');
    expect(bench.queue.hidden).toEqual([]);
    expect(bench.logged('job started')).toEqual([
      expect.objectContaining({ workflowId: 'hash:k1', key: 'k1' }),
    ]);
  });

  test('deletes a message of several records only after the last of their starts', async () => {
    bench.queue.send('m1', eventBody('k1', 'k2', 'k3'));
    bench.poll();
    await bench.starts.acknowledge('k3');
    await bench.starts.acknowledge('k1');
    await settle();
    expect(bench.queue.deleted).toEqual([]);

    await bench.starts.acknowledge('k2');

    await bench.deleted('m1');
  });

  test('deletes a test event, and starts nothing', async () => {
    bench.queue.send('m1', JSON.stringify({ Service: 'Amazon S3', Event: 's3:TestEvent' }));
    bench.poll();

    await bench.deleted('m1');
    expect(bench.starts.asked).toEqual([]);
    expect(bench.logged('event ignored')).toEqual([
      { messageId: 'm1', event: 's3:TestEvent', reason: 'S3 tries out a new notification' },
    ]);
  });

  test('is not held up by a slow message, neither in its batch nor in the next one', async () => {
    bench.queue.send('slow', eventBody('slow'));
    bench.queue.send('m1', eventBody('k1'));
    bench.poll({ maxPolls: 1 });
    await bench.starts.acknowledge('k1');
    bench.queue.send('m2', eventBody('k2'));
    await bench.starts.acknowledge('k2');

    await bench.deleted('m1', 'm2');
    expect(bench.starts.count('slow')).toBe(1);
  });

  test('never has more messages in hand than its bound, and asks only for what it can hold', async () => {
    for (let n = 0; n < 40; n++) bench.queue.send(`m${n}`, eventBody(`k${n}`));
    bench.poll({ maxPolls: 4, maxInHand: 15 });
    await vi.waitFor(() => {
      expect(bench.starts.asked).toHaveLength(15);
    });
    await settle();
    expect(bench.starts.asked).toHaveLength(15);
    expect(bench.queue.requests.map(({ maxMessages }) => maxMessages)).toEqual([10, 5]);

    await bench.starts.acknowledge('k0');

    await vi.waitFor(() => {
      expect(bench.starts.asked).toHaveLength(16);
    });
    expect(bench.queue.requests.at(-1)?.maxMessages).toBe(1);
  });

  test('waits a little for room, so that it receives ten at a time rather than one', async () => {
    for (let n = 0; n < 20; n++) bench.queue.send(`m${n}`, eventBody(`k${n}`));
    bench.poll({ maxPolls: 1, maxInHand: 10, deleteLingerMs: 0 });
    for (let n = 0; n < 10; n++) await bench.starts.acknowledge(`k${n}`);

    await bench.asked('k19');
    expect(bench.queue.requests.map(({ maxMessages }) => maxMessages)).toEqual([10, 10]);
  });

  test('deletes ten messages with one request', async () => {
    for (let n = 0; n < 20; n++) bench.queue.send(`m${n}`, eventBody(`k${n}`));
    bench.poll({ deleteLingerMs: 500 });
    for (let n = 0; n < 20; n++) await bench.starts.acknowledge(`k${n}`);

    await vi.waitFor(() => {
      expect(bench.queue.deleted).toHaveLength(20);
    });
    expect(bench.queue.deleteBatches).toEqual([10, 10]);
  });

  test('tries again what a batch did not delete, and only that', async () => {
    bench.queue.failMessage('m1', 'InternalError: try again');
    bench.queue.send('m1', eventBody('k1'));
    bench.queue.send('m2', eventBody('k2'));
    bench.poll();
    await bench.starts.acknowledge('k1');
    await bench.starts.acknowledge('k2');

    await bench.deleted('m1', 'm2');
    expect(bench.logged(/not deleted/)).toEqual([]);
  });

  test('says so when a message cannot be deleted: it will come again, and find its job', async () => {
    for (let tries = 0; tries < 3; tries++)
      bench.queue.fail('delete', new MidstateError('StoreUnavailable', 'no answer'));
    bench.queue.send('m1', eventBody('k1'));
    bench.poll();
    await bench.starts.acknowledge('k1');

    await vi.waitFor(() => {
      expect(bench.logged('message not deleted, it will come again and find its job')).toEqual([
        { messageId: 'm1', error: 'no answer' },
      ]);
    });
    expect(bench.queue.deleted).toEqual([]);
  });

  test('renews the hold of a message in hand, and of no other', async () => {
    bench.queue = new FakeMessageQueue({ holdSeconds: 0.06 });
    bench.queue.send('slow', eventBody('slow'));
    bench.queue.send('m1', eventBody('k1'));
    bench.poll();
    await bench.starts.acknowledge('k1');
    await bench.deleted('m1');
    bench.queue.hidden.length = 0;

    await vi.waitFor(() => {
      expect(bench.queue.hidden.length).toBeGreaterThan(2);
    });
    expect(new Set(bench.queue.hidden.map(([id]) => id))).toEqual(new Set(['slow']));
  });

  test('keeps polling when the queue does not answer for a while', async () => {
    bench.queue.fail('traits', new MidstateError('StoreUnavailable', 'no answer'));
    bench.queue.fail('receive', new MidstateError('StoreUnavailable', 'no answer'));
    bench.queue.fail('receive', new MidstateError('StoreUnavailable', 'no answer'));
    bench.queue.send('m1', eventBody('k1'));
    bench.poll();
    await bench.starts.acknowledge('k1');

    await bench.deleted('m1');
    expect(bench.logged('receive failed, trying again')).toHaveLength(2);
  });

  test.each(['QueueNotFound', 'AccessDenied'] as const)(
    'ends with %s, which no waiting cures',
    async (name) => {
      bench.queue.fail('receive', new MidstateError(name, 'no'));
      bench.poll();

      await expect(bench.polling).rejects.toMatchObject({ failure: name });
    },
  );

  test('finishes what is in hand before it ends with a fatal failure', async () => {
    bench.queue.send('m1', eventBody('k1'));
    bench.poll();
    await bench.asked('k1');
    let ended = false;
    void bench.polling.catch(() => (ended = true));

    bench.queue.fail('receive', new MidstateError('QueueNotFound', 'gone'));
    await settle();
    expect(ended).toBe(false);
    await bench.starts.acknowledge('k1');

    await expect(bench.polling).rejects.toMatchObject({ failure: 'QueueNotFound' });
    expect(bench.queue.deleted).toEqual(['m1']);
  });

  test('tells who looks on what it does, inside of which each message is handled', async () => {
    const told: string[] = [];
    const watch: MessageWatch = {
      async handling({ messageId }, handle) {
        await handle();
        told.push(`${messageId} handled, ${bench.queue.deleted.includes(messageId) ? '' : 'not '}deleted`);
      },
      dealtWith: ({ upload, kind }) => told.push(`${upload.object.key} ${kind}`),
      ignored: ({ event }) => told.push(event),
      refused: ({ messageId }, { reason }) => told.push(`${messageId} ${reason}`),
      left: ({ messageId }, error) => told.push(`${messageId} left: ${String(error)}`),
    };
    bench.queue.send('m1', eventBody('k1'));
    bench.queue.send('m2', JSON.stringify({ Service: 'Amazon S3', Event: 's3:TestEvent' }));
    bench.queue.send('m3', 'no json');
    bench.queue.send('m4', eventBody('k4'));
    bench.poll({}, watch);
    await bench.starts.acknowledge('k1');
    await bench.starts.fail('k4', new Error('defect'));
    await bench.deleted('m1', 'm2', 'm3');

    await vi.waitFor(() => {
      expect([...told].sort()).toEqual([
        'k1 started',
        'm1 handled, deleted',
        'm2 handled, deleted',
        'm3 handled, deleted',
        'm3 not-json',
        'm4 handled, not deleted',
        'm4 left: Error: defect',
        's3:TestEvent',
      ]);
    });
  });

  test('tells of a message that it could not delete, or not give up: it stays', async () => {
    const left = vi.fn<MessageWatch['left']>();
    for (let tries = 0; tries < 3; tries++)
      bench.queue.fail('delete', new MidstateError('StoreUnavailable', 'no answer'));
    bench.queue.fail('giveUp', new MidstateError('AccessDenied', 'no'));
    bench.queue.send('m1', eventBody('k1'));
    bench.queue.send('m2', 'no json');
    bench.poll({}, { left });
    await bench.starts.acknowledge('k1');

    await vi.waitFor(() => {
      expect(left).toHaveBeenCalledTimes(2);
    });
    const causes = left.mock.calls.map(([{ messageId }, error]) => [
      messageId,
      (error as MidstateError).failure,
    ]);
    expect(new Map(causes as [string, string][])).toEqual(
      new Map([
        ['m1', 'StoreUnavailable'],
        ['m2', 'InvalidInput'],
      ]),
    );
  });
});

describe('the depth of the queue', () => {
  const polls = () => bench.queue.polls;

  test('empty: one long poll is out', async () => {
    bench.poll({ maxPolls: 5 });
    await vi.waitFor(() => {
      expect(polls()).toBe(1);
    });
    bench.queue.endPolls();
    await settle();

    expect(polls()).toBe(1);
  });

  test('full: one more poll goes out with every full batch, up to the bound', async () => {
    for (let n = 0; n < 100; n++) bench.queue.send(`m${n}`, eventBody(`k${n}`));
    bench.poll({ maxPolls: 3, maxInHand: 200 });

    await vi.waitFor(() => {
      expect(bench.starts.asked).toHaveLength(100);
    });
    await vi.waitFor(() => {
      expect(polls()).toBe(3);
    });
  });

  test('empty again: polls are drawn back to one', async () => {
    for (let n = 0; n < 40; n++) bench.queue.send(`m${n}`, eventBody(`k${n}`));
    bench.poll({ maxPolls: 3, maxInHand: 200 });
    await vi.waitFor(() => {
      expect(polls()).toBe(3);
    });

    for (let round = 0; round < 3; round++) {
      bench.queue.endPolls();
      await settle();
    }

    expect(polls()).toBe(1);
  });
});

describe('a FIFO queue', () => {
  const group = (groupId: string) => ({ groupId });

  beforeEach(() => {
    bench.queue = new FakeMessageQueue({ isFifo: true });
  });

  test('has the messages of a group dealt with in their order, groups side by side', async () => {
    bench.queue.send('a1', eventBody('a1'), group('a'));
    bench.queue.send('a2', eventBody('a2'), group('a'));
    bench.queue.send('b1', eventBody('b1'), group('b'));
    bench.poll();
    await bench.asked('a1', 'b1');
    await settle();
    expect(bench.starts.asked).not.toContain('a2');

    await bench.starts.acknowledge('a1');
    await bench.starts.acknowledge('a2');
    await bench.starts.acknowledge('b1');

    await bench.deleted('a1', 'a2', 'b1');
  });

  test('gets back, in order, what comes after a message that stays', async () => {
    for (const id of ['a1', 'a2', 'a3']) bench.queue.send(id, eventBody(id), group('a'));
    bench.poll();
    await bench.starts.fail('a1', new Error('PERMISSION_DENIED'));

    await vi.waitFor(() => {
      expect(bench.queue.hidden).toHaveLength(3);
    });
    expect(bench.queue.hidden.map(([id]) => id).sort()).toEqual(['a1', 'a2', 'a3']);
    expect(new Map(bench.queue.hidden).get('a2')).toBe(0);
    expect(bench.starts.asked).toEqual(['a1']);
  });

  test('a message given up holds nothing up', async () => {
    bench.queue.send('a1', 'not json', group('a'));
    bench.queue.send('a2', eventBody('a2'), group('a'));
    bench.poll();
    await bench.starts.acknowledge('a2');

    await bench.deleted('a1', 'a2');
  });
});
