import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { eventBody, PollerBench, settle, temporalDown } from './poller-bench.js';

let bench: PollerBench;

beforeEach(() => {
  bench = new PollerBench();
});

afterEach(() => bench.close());

describe('a poller that is stopped', () => {
  test('waits for the long poll that is out, for it may be handed a message, and finishes what that brings', async () => {
    bench.poll();
    await vi.waitFor(() => {
      expect(bench.queue.polls).toBe(1);
    });
    let ended = false;
    void bench.polling.then(() => (ended = true));

    bench.stop();
    await settle();
    expect(ended).toBe(false);
    bench.queue.send('m1', eventBody('k1'));
    await bench.starts.acknowledge('k1');
    await bench.polling;

    expect(bench.queue.deleted).toEqual(['m1']);
    expect(bench.queue.requests).toHaveLength(1);
  });

  test('ends when its long poll does', async () => {
    bench.poll();
    await vi.waitFor(() => {
      expect(bench.queue.polls).toBe(1);
    });

    bench.stop();
    bench.queue.endPolls();

    await expect(bench.polling).resolves.toBeUndefined();
  });

  test('breaks a poll off that does not come back in time', async () => {
    bench.poll({ waitSeconds: 0.02, stopMarginMs: 20 });
    await vi.waitFor(() => {
      expect(bench.queue.polls).toBe(1);
    });

    bench.stop();

    await expect(bench.polling).resolves.toBeUndefined();
    expect(bench.queue.polls).toBe(0);
  });

  test('waits for the starts under way, and deletes their messages', async () => {
    bench.queue.send('m1', eventBody('k1'));
    bench.poll();
    await bench.asked('k1');

    bench.stop();
    bench.queue.endPolls();
    await bench.starts.acknowledge('k1');
    await bench.polling;

    expect(bench.queue.deleted).toEqual(['m1']);
    expect(bench.queue.hidden).toEqual([]);
  });

  test('makes a message visible again at once when Temporal does not take its start', async () => {
    bench.queue.send('m1', eventBody('k1'));
    bench.poll();
    await bench.asked('k1');

    bench.stop();
    bench.queue.endPolls();
    await bench.starts.fail('k1', temporalDown());
    await bench.polling;

    expect(bench.queue.hidden).toEqual([['m1', 0]]);
    expect(bench.queue.deleted).toEqual([]);
  });

  test('deletes no message of which one start is still open, whatever became of the others', async () => {
    bench.queue.send('m1', eventBody('k1', 'k2'));
    bench.poll();
    await bench.starts.acknowledge('k1');

    bench.stop();
    bench.queue.endPolls();
    await bench.starts.fail('k2', temporalDown());
    await bench.polling;

    expect(bench.queue.deleted).toEqual([]);
    expect(bench.queue.hidden).toEqual([['m1', 0]]);
  });

  test('does not wait out a pause of the gate: it lets go at once', async () => {
    bench.queue.send('m1', eventBody('k1'));
    bench.poll({ faultPauseMs: 3_600_000, maxFaultPauseMs: 3_600_000 });
    await bench.starts.fail('k1', temporalDown());
    await settle();

    bench.stop();
    bench.queue.endPolls();
    await bench.polling;

    expect(bench.queue.hidden).toEqual([['m1', 0]]);
  });
});
