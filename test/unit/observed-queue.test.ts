import { describe, expect, test, vi } from 'vitest';
import { observeQueue } from '../../src/observability/observed-queue.js';
import { FakeMessageQueue } from '../fakes/fake-message-queue.js';

const poll = (signal = new AbortController().signal) => ({
  maxMessages: 10,
  waitSeconds: 1,
  holdSeconds: 30,
  signal,
});

describe('a queue that is looked at', () => {
  test('is in trouble until it has been asked for something, and whenever it last failed', async () => {
    const inner = new FakeMessageQueue();
    const queue = observeQueue(inner);

    const before = queue.trouble();
    inner.send('1', 'body');
    await queue.receive(poll());
    const after = queue.trouble();
    inner.fail('receive', new Error('no route'));
    await queue.receive(poll()).catch(() => undefined);
    const failed = queue.trouble();
    inner.send('2', 'body');
    await queue.receive(poll());

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

    void queue.receive(poll(stop.signal));
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
      deleted: (count) => told.push(`deleted ${count}`),
      failed: (operation) => told.push(`failed ${operation}`),
    });
    for (const id of ['1', '2', '3']) inner.send(id, 'body');

    const messages = await queue.receive(poll());
    await queue.hide(messages, 5);
    inner.failMessage('2', 'x');
    expect(await queue.delete(messages)).toEqual([{ message: messages[1], error: 'x' }]);
    inner.failMessage('2', 'x');
    await queue.hide(messages, 0);

    expect(told).toEqual(['received 3', 'failed delete', 'deleted 2', 'failed hide']);
    expect(inner.deleted).toEqual(['1', '3']);
    expect(inner.hidden.map(([, seconds]) => seconds)).toEqual([5, 5, 5, 0, 0]);
  });

  test('tells of requests that failed, and lets them fail', async () => {
    const inner = new FakeMessageQueue();
    const failed: string[] = [];
    const nothing = () => undefined;
    const queue = observeQueue(inner, {
      received: nothing,
      deleted: nothing,
      failed: (operation) => failed.push(operation),
    });
    inner.send('1', 'body');
    const [message] = await queue.receive(poll());
    for (const operation of ['delete', 'hide', 'giveUp'] as const) inner.fail(operation, new Error('x'));

    await expect(queue.delete([message!])).rejects.toThrow('x');
    await expect(queue.hide([message!], 0)).rejects.toThrow('x');
    await expect(queue.giveUp(message!, { reason: 'r', detail: 'd' })).rejects.toThrow('x');

    expect(failed).toEqual(['delete', 'hide', 'give-up']);
  });
});
