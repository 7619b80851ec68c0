import { describe, expect, test, vi } from 'vitest';
import { observeQueue } from '../../src/observability/observed-queue.js';
import { FakeMessageQueue } from '../fakes/fake-message-queue.js';

const never = new AbortController().signal;

describe('a queue that is looked at', () => {
  test('is in trouble until it has been asked for something, and whenever it last failed', async () => {
    const inner = new FakeMessageQueue();
    const queue = observeQueue(inner);

    const before = queue.trouble();
    inner.send('1', 'body');
    await queue.receive(never);
    const after = queue.trouble();
    inner.fail('receive', new Error('no route'));
    await queue.receive(never).catch(() => undefined);
    const failed = queue.trouble();
    inner.send('2', 'body');
    await queue.receive(never);

    expect([before, after, failed, queue.trouble()]).toEqual([
      'nothing has been asked of it yet',
      undefined,
      'no route',
      undefined,
    ]);
  });

  test('is in trouble when a receive takes longer than any poll does', () => {
    const now = vi.spyOn(performance, 'now').mockReturnValue(0);
    const queue = observeQueue(new FakeMessageQueue());
    const stop = new AbortController();

    void queue.receive(stop.signal);
    now.mockReturnValue(59_000);
    const early = queue.trouble();
    now.mockReturnValue(61_000);
    const late = queue.trouble();
    stop.abort();
    now.mockRestore();

    expect([early, late]).toEqual([undefined, 'no answer within 60 s']);
  });

  test('tells what its requests came to', async () => {
    const inner = new FakeMessageQueue();
    const told: string[] = [];
    const queue = observeQueue(inner, {
      received: (messages) => told.push(`received ${messages.length}`),
      deleted: () => told.push('deleted'),
      failed: (operation) => told.push(`failed ${operation}`),
    });
    inner.send('1', 'body');

    const [message] = await queue.receive(never);
    await queue.delete(message!);
    inner.fail('delete', new Error('x'));
    inner.fail('release', new Error('x'));
    await expect(queue.delete(message!)).rejects.toThrow('x');
    await expect(queue.release(message!, 0)).rejects.toThrow('x');

    expect(told).toEqual(['received 1', 'deleted', 'failed delete', 'failed release']);
  });
});
