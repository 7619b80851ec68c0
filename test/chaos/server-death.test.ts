import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { eventually } from '../setup/eventually.js';
import { startOwnStack, type OwnStack } from '../setup/own-stack.js';
import { PipelineStage } from '../setup/pipeline-stage.js';
import { SlowNetwork } from '../setup/slow-network.js';
import { freshBytes, opensslDigest, putObject } from '../setup/stack-clients.js';

const SIZE = 150_000_000;
const BYTES_PER_SECOND = 60_000_000;

let own: OwnStack;
let network: SlowNetwork;
let stage: PipelineStage;

beforeAll(async () => {
  own = await startOwnStack();
  network = await SlowNetwork.open(own.stack.urls.s3, BYTES_PER_SECOND);
  stage = await PipelineStage.open({ AWS_ENDPOINT_URL_S3: network.url }, own.stack);
});

afterAll(async () => {
  await stage.close();
  await network.close();
  await own.stop();
});

/** Uploads an object, and does the harm once a third of it is read. */
async function harmInTheMiddle(harm: () => Promise<void> | void): Promise<{ key: string; sha1: string }> {
  const body = freshBytes(SIZE);
  const key = `harmed-${randomUUID()}`;
  const before = stage.bytesRead();
  await putObject(stage.clients.s3, stage.bucket, key, body);
  await eventually(() => stage.bytesRead() - before > SIZE / 3, {
    what: 'a third of the object read',
    intervalMs: 5,
  });
  await harm();
  return { key, sha1: opensslDigest('sha1', body) };
}

describe('an object is hashed', () => {
  test.for(['temporal', 's3'] as const)(
    'although the %s server is killed and started again in the middle',
    async (server) => {
      const { key, sha1 } = await harmInTheMiddle(async () => {
        await own.stack.killServer(server);
        await own.stack.restartServer(server);
      });

      const { outcome, digests } = await stage.resultOf(key);

      expect({ outcome, digests }).toEqual({ outcome: 'hashed', digests: { sha1 } });
    },
  );

  test('although every connection to S3 breaks, and no byte of it is read twice', async () => {
    const { key, sha1 } = await harmInTheMiddle(() => {
      network.cut();
    });

    const { digests, stats } = await stage.resultOf(key);

    expect(digests).toEqual({ sha1 });
    expect(stats).toMatchObject({ bytesRead: SIZE, bytesReadTwice: 0, attempts: 1 });
  });

  test('although the queue server is killed and started again before its event was taken', async () => {
    const body = freshBytes(1_000);
    const key = `queue-${randomUUID()}`;

    await own.stack.killServer('sqs');
    await putObject(stage.clients.s3, stage.bucket, key, body);
    await own.stack.restartServer('sqs');
    await own.stack.bridge.sweepNow();
    const { digests } = await stage.resultOf(key);

    expect(digests).toEqual({ sha1: opensslDigest('sha1', body) });
  });
});
