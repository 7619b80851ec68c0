import { randomUUID } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { toApplicationFailure } from '../../activities/application-failure.js';
import type { HashObjectInput } from '../../src/core/contracts.js';
import { MidstateError } from '../../src/core/failures.js';
import { startHashObject } from '../../src/temporal/start-hash-object.js';
import { jobUrl, queryUrl } from '../../src/temporal/web-ui-links.js';
import { eventually } from '../setup/eventually.js';
import {
  realActivities,
  ScriptedActivities,
  startInProcessWorkers,
  type Activities,
  type InProcessWorkers,
} from '../setup/in-process-workers.js';
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

/** Where `npm run screenshots` wants the pictures; then a browser is not optional. */
const PICTURES = process.env['MIDSTATE_SCREENSHOTS'];
const CHROMIUM = findChromium();
if (CHROMIUM === undefined && PICTURES !== undefined) throw new Error('no Chromium: set MIDSTATE_CHROMIUM');
if (CHROMIUM === undefined)
  console.warn('no Chromium on PATH or in MIDSTATE_CHROMIUM: the Web UI is not tested');

const BUCKET = 'uploads';
const run = randomUUID();
const keys = {
  small: 'notes/readme.txt',
  hashed: 'films/holiday *one* `two` <b>.mov',
  failed: 'archive/tape\u202e7.dv',
  running: 'films/wedding.mov',
};
const body = freshBytes(100_000_000);
const sha1 = opensslDigest('sha1', body);
const ui = { url: inject('stack').urls.temporalUi, namespace: 'default' };

let clients: StackClients;
let network: SlowNetwork;
let workers: InProcessWorkers;
let browser: WebBrowser;
let page: Page;
/** Base URL of each job's pages. */
const pages = new Map<keyof typeof keys, string>();

/** Real objects on the real stack: two that end, one that is denied half-way, and one held in its third range. */
async function makeJobs(): Promise<void> {
  const { urls, workflowBundle } = inject('stack');
  clients = await connectStack(urls);
  await ensureBucket(clients.s3, BUCKET);
  network = await SlowNetwork.open(urls.s3);
  const scripted = new ScriptedActivities(await realActivities(network.url));
  scripted.script(keys.failed, { hashRange: denyFrom(40_000_000, await realActivities(urls.s3)) });
  workers = await startInProcessWorkers({
    temporalAddress: urls.temporalAddress,
    taskQueuePrefix: run,
    workflowBundle,
    activities: scripted.activities,
    identity: 'midstate-512@worker-1',
  });
  await (await start('small', Buffer.from('hello'))).result();
  await (await start('hashed', body, { expected: { sha1 } })).result();
  await (await start('failed', body)).result().catch(() => undefined);
  const reached = network.holdAfter(50_000_000);
  await start('running', body);
  await reached;
}

/** Reads as it is, up to a byte; there, S3 denies. */
function denyFrom(byte: number, real: Activities): Activities['hashRange'] {
  return (input) => {
    if (input.startByte < byte) return real.hashRange(input);
    const { bucket, key } = input.object;
    throw toApplicationFailure(
      new MidstateError('AccessDenied', 'read range: S3 denies it; the worker needs s3:GetObject', {
        facts: { bucket, key },
      }),
    );
  };
}

async function start(name: keyof typeof keys, bytes: Buffer, changes: Partial<HashObjectInput> = {}) {
  const object = await putObject(clients.s3, BUCKET, keys[name], bytes);
  const { workflowId } = await startHashObject(clients.temporal, {
    algorithms: ['sha1', 'sha256'],
    source: { kind: 'submit' },
    policy: { taskQueuePrefix: run, rangeSizeBytes: 20_000_000, publish: { tags: true } },
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

async function open(url: string): Promise<void> {
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
    await open(queryUrl(ui, 'HashStatus = "failed"'));

    const text = await seen(['archive/tape\\u202e7.dv', 'AccessDenied', 'Failed'], 'list-by-status');

    expect(text).not.toContain(keys.running);
    expect(text).not.toContain('\u202e');
  });

  test('lists the jobs of a bucket, whatever their state', async () => {
    await open(queryUrl(ui, `S3Bucket = "${BUCKET}"`));

    await seen([keys.running, keys.hashed, keys.small, 'hashing', 'match', '100000000'], 'list-by-bucket');
  });

  test('shows a running job: its ranges by name in the timeline', async () => {
    await page.setViewportSize({ width: 1360, height: 1_200 });
    await open(`${pages.get('running') ?? ''}/history`);

    await seen(
      [
        'range 1/5 · 0–20.0 MB · 512 MB',
        'range 2/5 · 20.0–40.0 MB · 512 MB',
        'range 3/5 · 40.0–60.0 MB · 512 MB',
      ],
      'job-running',
    );
    await page.setViewportSize(VIEWPORT);
  });

  test('shows a running job: how far it has durably come', async () => {
    await open(`${pages.get('running') ?? ''}/user-metadata`);

    const text = await seen(
      [
        /████████░+ 40 %/,
        '40 MB of 100 MB',
        'range 3 of 5',
        /B\/s · about [\d.]+ s left/,
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

  test('shows in the memo which object version it is about', async () => {
    await open(`${pages.get('hashed') ?? ''}/memo`);

    await seen([`"${keys.hashed}"`, 'etag', '100000000']);
  });
});
