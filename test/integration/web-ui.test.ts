import { randomUUID } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { toApplicationFailure } from '../../activities/application-failure.js';
import type { HashRangeInput } from '../../activities/index.js';
import type { HashObjectInput } from '../../src/core/contracts.js';
import { MidstateError } from '../../src/core/failures.js';
import { DEFAULT_TASK_QUEUE_PREFIX } from '../../src/core/memory-classes.js';
import { startHashObject } from '../../src/temporal/start-hash-object.js';
import { jobUrl, queryUrl } from '../../src/temporal/web-ui-links.js';
import { createGate, eventually } from '../setup/eventually.js';
import {
  realActivities,
  ScriptedActivities,
  startInProcessWorkers,
  type Activities,
  type InProcessWorkers,
} from '../setup/in-process-workers.js';
import { readUntilCancelled } from '../setup/read-until-cancelled.js';
import { SlowNetwork } from '../setup/slow-network.js';
import {
  connectStack,
  ensureBucket,
  freshBytes,
  opensslDigest,
  putObject,
  type StackClients,
} from '../setup/stack-clients.js';
import { findChromium, textOf, VIEWPORT, WebBrowser } from '../setup/web-browser.js';
import { theStack } from '../setup/the-stack.js';

/** Where `npm run screenshots` wants the pictures; then a browser is not optional. */
const PICTURES = process.env['MIDSTATE_SCREENSHOTS'];
const CHROMIUM = findChromium();
if (CHROMIUM === undefined && PICTURES !== undefined) throw new Error('no Chromium: set MIDSTATE_CHROMIUM');
if (CHROMIUM === undefined)
  console.warn('no Chromium on PATH or in MIDSTATE_CHROMIUM: the Web UI is not tested');

const BUCKET = 'uploads';
/** Of this run alone; in pictures, as a user has it. */
const taskQueuePrefix = PICTURES === undefined ? randomUUID() : DEFAULT_TASK_QUEUE_PREFIX;
const keys = {
  small: 'notes/readme.txt',
  hashed: 'films/holiday *one* `two` <b>.mov',
  failed: 'archive/tape\u202e7.dv',
  cancelled: 'drafts/cut-1.mov',
  running: 'films/wedding.mov',
};
const body = freshBytes(100_000_000);
const sha1 = opensslDigest('sha1', body);
const ui = { url: theStack().urls.temporalUi, namespace: 'default' };

let clients: StackClients;
let network: SlowNetwork;
let workers: InProcessWorkers;
let browser: WebBrowser;
let page: Page;
/** Base URL of each job's pages. */
const pages = new Map<keyof typeof keys, string>();

/**
 * Real objects on the real stack: two that end; one that is denied at 40 MB and one that is cancelled there; and one
 * that is held at 50 MB of its bytes, in its third range, for as long as the tests look at it.
 */
async function makeJobs(): Promise<void> {
  const { urls, workflowBundle } = theStack();
  clients = await connectStack(urls);
  await ensureBucket(clients.s3, BUCKET);
  network = await SlowNetwork.open(urls.s3);
  const scripted = new ScriptedActivities(await realActivities(network.url));
  const real = await realActivities(urls.s3);
  scripted.script(keys.failed, { hashRange: readUpTo(40_000_000, real, deny) });
  const isStopped = createGate();
  const stop = () => {
    isStopped.open();
    return readUntilCancelled();
  };
  scripted.script(keys.cancelled, { hashRange: readUpTo(40_000_000, real, stop) });
  workers = await startInProcessWorkers({
    temporalAddress: urls.temporalAddress,
    taskQueuePrefix,
    workflowBundle,
    activities: scripted.activities,
    identity: 'midstate-512@worker-1',
  });
  await (await start('small', Buffer.from('hello'))).result();
  await (await start('hashed', body, { expected: { sha1 } })).result();
  await (await start('failed', body)).result().catch(() => undefined);
  const cancelled = await start('cancelled', body);
  await isStopped.opened;
  await cancelled.cancel();
  await cancelled.result().catch(() => undefined);
  const reached = network.holdAfter(50_000_000);
  await start('running', body);
  await reached;
}

/** Reads as it is, up to the range that begins at a byte. */
function readUpTo(
  byte: number,
  real: Activities,
  then: (input: HashRangeInput) => Promise<never>,
): Activities['hashRange'] {
  return (input) => (input.startByte < byte ? real.hashRange(input) : then(input));
}

/** What S3 says to a worker without the right. */
function deny({ object: { bucket, key } }: HashRangeInput): never {
  throw toApplicationFailure(
    new MidstateError('AccessDenied', 'read range: S3 denies it; the worker needs s3:GetObject', {
      facts: { bucket, key },
    }),
  );
}

async function start(name: keyof typeof keys, bytes: Buffer, changes: Partial<HashObjectInput> = {}) {
  const object = await putObject(clients.s3, BUCKET, keys[name], bytes);
  const { workflowId } = await startHashObject(clients.temporal, {
    algorithms: ['sha1', 'sha256'],
    source: { kind: 'submit' },
    policy: { taskQueuePrefix, rangeSizeBytes: 20_000_000, publish: { tags: true } },
    ...changes,
    object,
  });
  const job = clients.temporal.workflow.getHandle(workflowId);
  pages.set(name, jobUrl(ui, workflowId, (await job.describe()).runId));
  return job;
}

/** Waits until the page says each of these, and takes its picture where pictures are wanted. */
async function seen(says: readonly (string | RegExp)[], picture?: string): Promise<string> {
  const isSaid = (shown: string) => (part: string | RegExp) =>
    typeof part === 'string' ? shown.includes(part) : part.test(shown);
  const text = await eventually(
    async () => {
      const shown = await textOf(page);
      return says.every(isSaid(shown)) && shown;
    },
    { what: `${says.join(' | ')} on ${page.url()}`, timeoutMs: 30_000, intervalMs: 250 },
  );
  if (PICTURES !== undefined && picture !== undefined) {
    mkdirSync(PICTURES, { recursive: true });
    await page.screenshot({ path: join(PICTURES, `${picture}.png`), animations: 'disabled' });
  }
  return text;
}

/** @param heightPx of the window: what is worth a picture, and no more */
async function open(url: string, heightPx = VIEWPORT.height): Promise<void> {
  await page.setViewportSize({ ...VIEWPORT, height: heightPx });
  await page.goto(url, { waitUntil: 'domcontentloaded' });
}

describe.skipIf(CHROMIUM === undefined)('the Temporal Web UI', () => {
  beforeAll(async () => {
    await makeJobs();
    browser = await WebBrowser.open(CHROMIUM ?? '');
    page = await browser.page([
      'Status',
      'S3Key',
      'HashStatus',
      'HashVerdict',
      'HashCause',
      'MemoryClass',
      'ObjectSizeBytes',
    ]);
  });

  afterAll(async () => {
    network.release();
    await browser.close();
    await workers.stop();
    await network.close();
    await clients.close();
  });

  test('lists the jobs that failed, with their cause', async () => {
    await open(queryUrl(ui, 'HashStatus = "failed"'), 600);

    const text = await seen(['archive/tape\\u202e7.dv', 'AccessDenied', 'Failed'], 'list-by-status');

    expect(text).not.toContain(keys.running);
    expect(text).not.toContain('\u202e');
  });

  test('lists the jobs of a bucket, whatever their state', async () => {
    await open(queryUrl(ui, `S3Bucket = "${BUCKET}"`), 600);

    await seen(
      [keys.running, keys.hashed, keys.small, keys.cancelled, 'hashing', 'match', 'cancelled', '100000000'],
      'list-by-bucket',
    );
  });

  test('shows a running job: its ranges by name in the timeline', async () => {
    await open(`${pages.get('running') ?? ''}/history`, 1_080);

    await seen(
      [
        'range 1/5 · 0–20.0 MB · 512 MB',
        'range 2/5 · 20.0–40.0 MB · 512 MB',
        'range 3/5 · 40.0–60.0 MB · 512 MB',
      ],
      'job-running',
    );
  });

  test('shows a running job: how far it has durably come', async () => {
    await open(`${pages.get('running') ?? ''}/user-metadata`);

    const text = await seen(
      [
        /(?<!█)█{8}░{12} 40 %/,
        '40 MB of 100 MB',
        'range 3 of 5',
        /B\/s · about .+ left/,
        'the end of the last finished range',
      ],
      'job-running-details',
    );

    expect(text).toContain(`hash s3://${BUCKET}/${keys.running}`);
  });

  test('shows a finished job: digests, verdict and proof', async () => {
    await open(`${pages.get('hashed') ?? ''}/user-metadata`);

    const text = await seen(
      [sha1, 'verdict match', 'proof: the bytes read have the crc64nvme that S3 holds', 'tags written'],
      'job-hashed',
    );

    expect(text).toContain(`hash s3://${BUCKET}/${keys.hashed}`);
  });

  test('shows a failed job: its cause, and how far it had come', async () => {
    await open(`${pages.get('failed') ?? ''}/user-metadata`);

    await seen(
      ['failed: AccessDenied', 'the worker needs s3:GetObject', '40 MB of 100 MB hashed until then'],
      'job-failed',
    );
  });

  test('shows a cancelled job: how far it had come', async () => {
    await open(`${pages.get('cancelled') ?? ''}/user-metadata`);

    await seen([/cancelled\s+█{8}░{12} 40 %/, '40 MB of 100 MB hashed until then']);
  });

  test('shows in the memo which object version it is about', async () => {
    await open(`${pages.get('hashed') ?? ''}/memo`);

    await seen([`"${keys.hashed}"`, 'etag', '100000000']);
  });
});
