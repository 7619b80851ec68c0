import { randomBytes, randomUUID } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { eventually } from '../setup/eventually.js';
import { jsonLines, midstate, RunningCommand, userEnvironment } from '../setup/midstate-cli.js';
import { PipelineStage } from '../setup/pipeline-stage.js';
import { scheduleBytes, serverBytes } from '../setup/server-bytes.js';
import { freshBytes, opensslDigest, putObject } from '../setup/stack-clients.js';
import { theStack } from '../setup/the-stack.js';
import { findChromium, textOf, WebBrowser } from '../setup/web-browser.js';

/** In every key of these tests, and in no other place: where it is found, a name has got out. */
const SECRET = `wolpertinger-${randomUUID()}`;
const RANGE_BYTES = 25_000_064;

const keyFile = join(theStack().scratchDir, `payload-keys-${randomUUID()}`);
writeFileSync(keyFile, `k1 ${randomBytes(32).toString('base64')}\n`);

const chromium = findChromium();

let stage: PipelineStage;

async function openStage(settings: Record<string, string> = {}): Promise<PipelineStage> {
  return await PipelineStage.open({
    MIDSTATE_PAYLOAD_KEY_FILE: keyFile,
    MIDSTATE_RANGE_SIZE_BYTES: String(RANGE_BYTES),
    ...settings,
  });
}

async function command<T>(...args: string[]): Promise<T> {
  const env = { MIDSTATE_PAYLOAD_KEY_FILE: keyFile, MIDSTATE_TASK_QUEUE_PREFIX: stage.taskQueuePrefix };
  const { stdout } = await midstate([...args, '--json'], { env });
  return jsonLines(stdout)[0] as T;
}

interface Status {
  readonly workflowId: string;
  readonly execution: string;
  readonly object: { readonly key: string };
  readonly result?: { readonly digests: Record<string, string> };
  readonly failure?: { readonly cause: string; readonly message: string };
}

async function statusOf(key: string, execution: string): Promise<Status> {
  return await eventually(
    async () => {
      const status = await command<Status | undefined>('status', `s3://${stage.bucket}/${key}`);
      return status?.execution === execution && status;
    },
    { what: `${key}: ${execution}` },
  );
}

const ours = () => `TaskQueue = "${stage.taskQueuePrefix}"`;

describe('with payload keys, a job', () => {
  beforeAll(async () => {
    stage = await openStage();
  });
  afterAll(() => stage.close());

  test('is found by its object, has its digest, and names it nowhere in Temporal', async () => {
    const [small, large] = [freshBytes(2_000), freshBytes(2 * RANGE_BYTES)];
    await putObject(stage.clients.s3, stage.bucket, `${SECRET}/small`, small);
    await putObject(stage.clients.s3, stage.bucket, `${SECRET}/large`, large);

    for (const [name, body] of Object.entries({ small, large })) {
      const { object, result, workflowId } = await statusOf(`${SECRET}/${name}`, 'COMPLETED');
      expect(object.key).toBe(`${SECRET}/${name}`);
      expect(result?.digests).toEqual({ sha1: opensslDigest('sha1', body) });
      expect(workflowId).toMatch(/^hash:[0-9a-f]{32}$/);
    }

    const told = await serverBytes(stage.clients.temporal, ours());
    expect(told.length).toBeGreaterThan(5_000);
    expect(told.includes('binary/encrypted')).toBe(true);
    expect(told.includes(SECRET)).toBe(false);
    expect(told.includes(`s3://${stage.bucket}`)).toBe(false);
  });

  test('that is found again is not started again', async () => {
    const { workflowId } = await statusOf(`${SECRET}/small`, 'COMPLETED');
    const again = await command<{ workflowId: string; isNew: boolean }>(
      'submit',
      `s3://${stage.bucket}/${SECRET}/small`,
    );
    expect(again).toMatchObject({ workflowId, isNew: false });
  });

  test.skipIf(chromium === undefined)(
    'is shown with its name in the Web UI to who has the codec server, and to nobody else',
    async () => {
      const { workflowId } = await statusOf(`${SECRET}/small`, 'COMPLETED');
      const { temporalUi } = theStack().urls;
      const codec = new RunningCommand(
        ['codec', '--listen', '127.0.0.1:0', '--origin', temporalUi],
        userEnvironment({ MIDSTATE_PAYLOAD_KEY_FILE: keyFile }),
        join(theStack().scratchDir, 'codec.log'),
      );
      const browser = await WebBrowser.open(chromium ?? '');
      const shown = async (codecEndpoint?: string) => {
        const page = await browser.page([]);
        if (codecEndpoint !== undefined) {
          const endpoint = JSON.stringify(JSON.stringify(codecEndpoint));
          await page.addInitScript(`localStorage.setItem('endpoint', ${endpoint})`);
        }
        await page.goto(`${temporalUi}/namespaces/default/workflows/${encodeURIComponent(workflowId)}`);
        return page;
      };
      try {
        const address = /http:\/\/127\.0\.0\.1:\d+/g;
        const url = await eventually(
          () =>
            codec
              .log()
              .match(address)
              ?.find((found) => found !== temporalUi),
          { what: 'the codec server' },
        );
        const open = await shown(url);
        await eventually(async () => (await textOf(open)).includes(`${SECRET}/small`), {
          what: 'the name of the object',
          timeoutMs: 20_000,
        });
        const closed = await shown();
        const encrypted = Buffer.from('binary/encrypted').toString('base64');
        await eventually(async () => (await textOf(closed)).includes(encrypted), {
          what: 'encrypted payloads',
          timeoutMs: 20_000,
        });
        expect(await textOf(closed)).not.toContain(SECRET);
      } finally {
        await browser.close();
        await codec.stop();
      }
    },
  );

  test('of a schedule names nothing either', async () => {
    const { scheduleId } = await command<{ scheduleId: string }>(
      'reconcile',
      `s3://${stage.bucket}/${SECRET}/`,
      '--every',
      '1d',
    );
    const told = await scheduleBytes(stage.clients.temporal, scheduleId);
    await command('reconcile', `s3://${stage.bucket}/${SECRET}/`, '--unschedule');
    expect(told.includes('backfill')).toBe(true);
    expect(told.includes(SECRET)).toBe(false);
  });
});

describe('with payload keys, a job that fails', () => {
  beforeAll(async () => {
    stage = await openStage({ AWS_SECRET_ACCESS_KEY: 'not-the-one' });
  });
  afterAll(() => stage.close());

  test('says why to who has the keys, and names its object nowhere in Temporal', async () => {
    await putObject(stage.clients.s3, stage.bucket, `${SECRET}/denied`, freshBytes(100));

    const { failure } = await statusOf(`${SECRET}/denied`, 'FAILED');
    expect(failure?.cause).toBe('AccessDenied');
    expect(failure?.message).toContain(SECRET);

    const { groups } = await command<{ groups: { name: string; example: { uri: string } }[] }>(
      'failed',
      '--prefix',
      `s3://${stage.bucket}/${SECRET}/`,
    );
    expect(groups).toMatchObject([
      { name: 'AccessDenied', example: { uri: `s3://${stage.bucket}/${SECRET}/denied` } },
    ]);
    const told = await serverBytes(stage.clients.temporal, ours());
    expect(told.includes('AccessDenied')).toBe(true);
    expect(told.includes(SECRET)).toBe(false);
  });
});
