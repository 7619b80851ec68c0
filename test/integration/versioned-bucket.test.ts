import { join } from 'node:path';
import { DeleteObjectCommand, GetObjectTaggingCommand } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { HashObjectResult, ObjectRef } from '../../src/core/contracts.js';
import { workflowIdOf } from '../../src/core/workflow-id.js';
import { eventually } from '../setup/eventually.js';
import { RunningCommand, userEnvironment } from '../setup/midstate-cli.js';
import { startOwnStack, type OwnStack } from '../setup/own-stack.js';
import {
  connectStack,
  freshBytes,
  opensslDigest,
  putObject,
  type StackClients,
} from '../setup/stack-clients.js';

const BUCKET = 'midstate';

let own: OwnStack;
let clients: StackClients;
let commands: RunningCommand[] = [];

beforeAll(async () => {
  own = await startOwnStack({ versioning: true });
  clients = await connectStack(own.stack.urls);
  const env = userEnvironment({ MIDSTATE_PUBLISH: 'tags', MIDSTATE_MEMORY_CLASSES: '256' }, own.stack.env);
  const start = (...args: string[]) =>
    new RunningCommand(args, env, join(own.dataDir, 'logs', `${args[0] ?? ''}.log`));
  commands = [start('worker', '--workflows', '--memory-class', '256'), start('poller')];
});

afterAll(async () => {
  await Promise.all(commands.map((command) => command.stop()));
  await clients.close();
  await own.stop();
});

/** The result of exactly this version. */
async function resultOf(object: ObjectRef): Promise<HashObjectResult> {
  const job = clients.temporal.workflow.getHandle(workflowIdOf(object));
  await eventually(() => job.describe(), { what: `a job of version ${object.versionId ?? ''}` });
  return (await job.result()) as HashObjectResult;
}

async function labelOf({ key, versionId }: ObjectRef): Promise<string | undefined> {
  const wanted = { Bucket: BUCKET, Key: key, VersionId: versionId };
  const { TagSet } = await clients.s3.send(new GetObjectTaggingCommand(wanted));
  return TagSet?.find(({ Key }) => Key === 'midstate-sha1')?.Value;
}

describe('a versioned bucket', () => {
  test('every version of a key is hashed, and each carries its own digest', async () => {
    const bodies = [freshBytes(1_000), freshBytes(2_000), freshBytes(3_000)];
    const versions: ObjectRef[] = [];
    for (const body of bodies) versions.push(await putObject(clients.s3, BUCKET, 'document', body));

    const results = await Promise.all(versions.map(resultOf));

    const digests = bodies.map((body) => opensslDigest('sha1', body));
    expect(new Set(versions.map(({ versionId }) => versionId)).size).toBe(3);
    expect(results.map(({ outcome, object }) => ({ outcome, object }))).toEqual(
      versions.map((object) => ({ outcome: 'hashed', object })),
    );
    expect(results.map((result) => result.digests.sha1)).toEqual(digests);
    expect(await Promise.all(versions.map(labelOf))).toEqual(digests);
  });

  test('a version is hashed even when the key is deleted right after', async () => {
    const body = freshBytes(1_000);
    const version = await putObject(clients.s3, BUCKET, 'deleted', body);

    await clients.s3.send(new DeleteObjectCommand({ Bucket: BUCKET, Key: 'deleted' }));
    const { outcome, digests } = await resultOf(version);

    expect({ outcome, digests }).toEqual({
      outcome: 'hashed',
      digests: { sha1: opensslDigest('sha1', body) },
    });
  });

  test('the same bytes uploaded twice are two versions', async () => {
    const body = freshBytes(1_000);
    const first = await putObject(clients.s3, BUCKET, 'twice', body);
    const second = await putObject(clients.s3, BUCKET, 'twice', body);

    const results = [await resultOf(first), await resultOf(second)];

    expect(results.map(({ object }) => object.versionId)).toEqual([first.versionId, second.versionId]);
  });
});
