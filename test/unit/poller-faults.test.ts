import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { MidstateError } from '../../src/core/failures.js';
import { eventBody, PollerBench, settle, temporalDown } from './poller-bench.js';

let bench: PollerBench;

beforeEach(() => {
  bench = new PollerBench();
});

afterEach(() => bench.close());

describe('a message that cannot be understood', () => {
  test('goes to the dead-letter queue after the first look, with the reason, and is deleted', async () => {
    bench.queue.send('m1', 'not json');
    bench.poll();

    await bench.deleted('m1');
    expect(bench.queue.givenUp).toEqual([
      ['m1', { reason: 'not-json', detail: expect.stringMatching(/^message: it is not JSON/) as string }],
    ]);
  });

  test('in part: its good records are started first', async () => {
    const { Records } = JSON.parse(eventBody('k1')) as { Records: object[] };
    bench.queue.send('m1', JSON.stringify({ Records: [{ eventSource: 'aws:s3' }, ...Records] }));
    bench.poll();
    await bench.asked('k1');
    await settle();
    expect(bench.queue.givenUp).toEqual([]);

    await bench.starts.acknowledge('k1');

    await bench.deleted('m1');
    expect(bench.queue.givenUp).toMatchObject([['m1', { reason: 'bad-record' }]]);
  });

  test('is not given up while a start in it is owed', async () => {
    const { Records } = JSON.parse(eventBody('k1')) as { Records: object[] };
    bench.queue.send('m1', JSON.stringify({ Records: [{ eventSource: 'aws:s3' }, ...Records] }));
    bench.poll();
    await bench.starts.fail('k1', new Error('PERMISSION_DENIED'));

    await vi.waitFor(() => {
      expect(bench.queue.hidden).toHaveLength(1);
    });
    expect(bench.queue.givenUp).toEqual([]);
  });

  test.each([
    ['there is no dead-letter queue', 'QueueNotFound'],
    ['it may not be written to', 'AccessDenied'],
  ] as const)('where %s it is left to the redrive policy, and the log says so', async (_, failure) => {
    bench.queue.fail('giveUp', new MidstateError(failure, 'no'));
    bench.queue.send('m1', 'not json', { receiveCount: 2 });
    bench.poll();

    await vi.waitFor(() => {
      expect(bench.queue.hidden).toHaveLength(1);
    });
    expect(bench.queue.deleted).toEqual([]);
    expect(bench.logged('message not understood, left to the queue’s redrive policy')).toEqual([
      { messageId: 'm1', reason: 'not-json', detail: expect.any(String) as string, error: 'no' },
    ]);
  });
});

describe('a message that fails by a fault outside', () => {
  test.each([
    [1, 12, 18],
    [2, 24, 36],
    [3, 48, 72],
    [20, 720, 1_080],
  ])('comes again, after its delivery %d in %d to %d s', async (receiveCount, least, most) => {
    bench.queue.send('m1', eventBody('k1'), { receiveCount });
    bench.poll();
    await bench.starts.fail('k1', new Error('PERMISSION_DENIED'));

    await vi.waitFor(() => {
      expect(bench.queue.hidden).toHaveLength(1);
    });
    const [, seconds] = bench.queue.hidden[0]!;
    expect(seconds).toBeGreaterThanOrEqual(least);
    expect(seconds).toBeLessThanOrEqual(most);
    expect(bench.queue.deleted).toEqual([]);
    expect(bench.logged('message failed, it comes again')).toEqual([
      expect.objectContaining({ messageId: 'm1', receiveCount, error: 'PERMISSION_DENIED' }),
    ]);
  });

  test('keeps no other from being dealt with', async () => {
    bench.queue.send('m1', eventBody('k1'));
    bench.queue.send('m2', eventBody('k2'));
    bench.poll();
    await bench.starts.fail('k1', new Error('PERMISSION_DENIED'));
    await bench.starts.acknowledge('k2');

    await bench.deleted('m2');
  });
});

describe('while Temporal takes no starts', () => {
  test('a message in hand is kept, and its job started again until it is taken', async () => {
    bench.queue.send('m1', eventBody('k1'));
    bench.poll();
    for (let outage = 0; outage < 3; outage++) await bench.starts.fail('k1', temporalDown());
    await vi.waitFor(() => {
      expect(bench.starts.count('k1')).toBe(4);
    });
    expect(bench.queue.deleted).toEqual([]);
    expect(bench.queue.hidden).toEqual([]);

    await bench.starts.acknowledge('k1');

    await bench.deleted('m1');
    expect(bench.starts.count('k1')).toBe(4);
  });

  test('no more messages are received, and one start at a time tries the server', async () => {
    for (let n = 0; n < 10; n++) bench.queue.send(`m${n}`, eventBody(`k${n}`));
    bench.poll({ maxPolls: 1 });
    await bench.asked('k9');
    for (let n = 0; n < 10; n++) await bench.starts.fail(`k${n}`, temporalDown());
    const received = bench.queue.requests.length;
    for (let n = 10; n < 30; n++) bench.queue.send(`m${n}`, eventBody(`k${n}`));

    await vi.waitFor(() => {
      expect(bench.starts.asked).toHaveLength(11 + (bench.queue.requests.length - received) * 10);
    });
    await settle();

    // The poll that was out brought one more batch; none follows.
    expect(bench.starts.asked.length).toBeLessThanOrEqual(12);
    expect(bench.queue.requests.length - received).toBeLessThanOrEqual(1);
    expect(bench.logged(/receiving paused/)).toHaveLength(1);
  });

  test('receiving goes on when a start gets through', async () => {
    const gates: boolean[] = [];
    bench.queue.send('m1', eventBody('k1'));
    bench.poll({ maxPolls: 1 }, { gate: (isOpen) => gates.push(isOpen) });
    await bench.starts.fail('k1', temporalDown());
    await bench.starts.acknowledge('k1');
    bench.queue.send('m2', eventBody('k2'));
    await bench.starts.acknowledge('k2');

    await bench.deleted('m1', 'm2');
    expect(gates).toEqual([false, true]);
  });
});
