import { join } from 'node:path';
import { test } from 'vitest';
import { WebBrowser, findChromium } from '../setup/web-browser.js';
import { inject } from 'vitest';
import { SlowNetwork } from '../setup/slow-network.js';
import { connectStack, ensureBucket, freshBytes, putObject } from '../setup/stack-clients.js';
import { createActivities } from '../../activities/index.js';
import { realDependencies, startInProcessWorkers } from '../setup/in-process-workers.js';
import { startHashObject } from '../../src/temporal/start-hash-object.js';
import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';

test('explore', async () => {
  const { urls, workflowBundle } = inject('stack');
  const clients = await connectStack(urls);
  await ensureBucket(clients.s3, 'uploads');
  const network = await SlowNetwork.open(urls.s3);
  const activities = createActivities(await realDependencies(network.url));
  const taskQueuePrefix = randomUUID();
  const workers = await startInProcessWorkers({
    temporalAddress: urls.temporalAddress,
    taskQueuePrefix,
    workflowBundle,
    activities,
  });
  const body = freshBytes(100_000_000);
  const start = async (key: string, b: Buffer, policy: object = {}) => {
    const object = await putObject(clients.s3, 'uploads', key, b);
    const { workflowId } = await startHashObject(clients.temporal, {
      object,
      algorithms: ['sha1', 'sha256'],
      source: { kind: 'submit' },
      policy: { taskQueuePrefix, rangeSizeBytes: 20_000_000, publish: { tags: true }, ...policy },
    });
    return clients.temporal.workflow.getHandle(workflowId);
  };
  const done = await start('films/2026/holiday *one* _two_ `x` <b>.mov', body);
  await done.result();
  await (await start('tiny.txt', Buffer.from('abc'))).result();
  const reached = network.holdAfter(50_000_000);
  const running = await start('films/2026/wedding.mov', body);
  await reached;
  await delay(2000);
  const browser = await WebBrowser.open(findChromium()!);
  const page = await browser.page();
  const shot = async (name: string, url: string) => {
    await page.goto(url, { waitUntil: 'networkidle' });
    await delay(3000);
    await page.screenshot({ path: join('/tmp/observe', `${name}.png`), fullPage: false });
  };
  const ui = urls.temporalUi;
  await shot('list', `${ui}/namespaces/default/workflows`);
  console.log(await page.evaluate('JSON.stringify({ ...localStorage })'));
  await shot('running', `${ui}/namespaces/default/workflows/${encodeURIComponent(running.workflowId)}`);
  console.log(page.url());
  await shot('done', `${ui}/namespaces/default/workflows/${encodeURIComponent(done.workflowId)}`);
  await shot('pending', page.url());
  network.release();
  await running.result();
  await browser.close();
  await workers.stop();
  await clients.close();
  await network.close();
}, 180_000);
