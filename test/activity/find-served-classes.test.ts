import { expect, test } from 'vitest';
import { createRoutingActivities } from '../../activities/index.js';

test('classes are served whose queues for ranges or for small objects were polled lately', async () => {
  const ago = (seconds: number) => Date.now() - seconds * 1_000;
  const polls: Record<string, number> = {
    'eu-128': ago(200),
    'eu-256': ago(5),
    'eu-256-small': ago(200),
    'eu-512-small': ago(60),
    'midstate-1024': ago(1),
  };
  const { findServedClasses } = createRoutingActivities({
    lastPolledAtMs: (taskQueue) => Promise.resolve(polls[taskQueue]),
  });

  expect(await findServedClasses({ taskQueuePrefix: 'eu' })).toEqual({ servedMemoryClassesMB: [256, 512] });
  expect(await findServedClasses({})).toEqual({ servedMemoryClassesMB: [1024] });
});
