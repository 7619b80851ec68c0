import { execFileSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdtemp, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { GetObjectCommand, GetObjectTaggingCommand } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { PipelineStage } from '../setup/pipeline-stage.js';
import { currentEtag, freshBytes, opensslDigest, putObject } from '../setup/stack-clients.js';
import { theStack } from '../setup/the-stack.js';

let stage: PipelineStage;
const folder = `sinks-${randomUUID()}`;

beforeAll(async () => {
  stage = await PipelineStage.open({ MIDSTATE_PUBLISH: 'tags,sidecar', MIDSTATE_ALGORITHMS: 'sha1,sha256' });
});

afterAll(() => stage.close());

async function tagsOf(key: string): Promise<Record<string, string>> {
  const { TagSet = [] } = await stage.clients.s3.send(
    new GetObjectTaggingCommand({ Bucket: stage.bucket, Key: key }),
  );
  return Object.fromEntries(TagSet.map(({ Key = '', Value = '' }) => [Key, Value]));
}

async function download(key: string): Promise<Uint8Array> {
  const { Body } = await stage.clients.s3.send(new GetObjectCommand({ Bucket: stage.bucket, Key: key }));
  return (await Body?.transformToByteArray()) ?? new Uint8Array();
}

describe('the tags sink', () => {
  test("puts the digests next to the owner's tags", async () => {
    const body = freshBytes(1_000);
    const key = `${folder}/tagged`;

    const { etag } = await putObject(stage.clients.s3, stage.bucket, key, body, {
      Tagging: 'owner=accounts%20EU&retention=7y',
    });
    const { published } = await stage.resultOf(key);

    expect(published[0]).toMatchObject({ sink: 'tags', status: 'written' });
    expect(await tagsOf(key)).toEqual({
      owner: 'accounts EU',
      retention: '7y',
      'midstate-sha1': opensslDigest('sha1', body),
      'midstate-sha256': opensslDigest('sha256', body),
      'midstate-etag': etag,
    });
  });

  test("where the owner's tags leave no room it refuses, leaves them alone, and the digest stands", async () => {
    const body = freshBytes(1_000);
    const key = `${folder}/full`;
    const owners = Object.fromEntries(
      Array.from({ length: 8 }, (_, index) => [`tag${String(index)}`, 'mine']),
    );

    await putObject(stage.clients.s3, stage.bucket, key, body, {
      Tagging: new URLSearchParams(owners).toString(),
    });
    const { outcome, digests, published } = await stage.resultOf(key);

    expect({ outcome, sha1: digests.sha1 }).toEqual({ outcome: 'hashed', sha1: opensslDigest('sha1', body) });
    expect(published[0]).toMatchObject({ sink: 'tags', status: 'refused', cause: 'NoTagRoom' });
    expect(await tagsOf(key)).toEqual(owners);
  });
});

describe('the sidecar sink', () => {
  test.for([
    { name: 'plain', file: 'movie.mov' },
    { name: 'with a space and quotes', file: `it's "the" one` },
    { name: 'with a line break and a backslash', file: 'line\nbreak \\ slash' },
    { name: 'beyond ASCII', file: 'Ünïcode 😀' },
  ])('sha1sum -c and sha256sum -c accept what it wrote for a name $name', async ({ file }) => {
    const key = `${folder}/${randomUUID()}/${file}`;
    await putObject(stage.clients.s3, stage.bucket, key, freshBytes(100_000));
    const { published } = await stage.resultOf(key);
    const home = await mkdtemp(join(theStack().scratchDir, 'download-'));
    await writeFile(join(home, file), await download(key));
    await writeFile(join(home, 'sums.sha1'), await download(`${key}.sha1`));
    await writeFile(join(home, 'sums.sha256'), await download(`${key}.sha256`));

    const check = (tool: string, sums: string) =>
      execFileSync(tool, ['-c', sums], { cwd: home, encoding: 'utf8' });

    expect(published[1]).toMatchObject({ sink: 'sidecar', status: 'written' });
    expect(check('sha1sum', 'sums.sha1')).toMatch(/: OK\n$/);
    expect(check('sha256sum', 'sums.sha256')).toMatch(/: OK\n$/);
  });

  test('a sidecar is hashed like any object, but gets no sidecar itself', async () => {
    const key = `${folder}/once`;
    await putObject(stage.clients.s3, stage.bucket, key, freshBytes(10));
    await stage.resultOf(key);

    const { outcome, published } = await stage.resultOf(`${key}.sha1`);

    expect(outcome).toBe('hashed');
    expect(published[1]).toMatchObject({ sink: 'sidecar', status: 'skipped' });
    expect(await currentEtag(stage.clients.s3, stage.bucket, `${key}.sha1.sha1`)).toBeUndefined();
  });

  test("never replaces an object of the owner's", async () => {
    const key = `${folder}/taken`;
    const foreign = await putObject(stage.clients.s3, stage.bucket, `${key}.sha1`, 'mine');

    await putObject(stage.clients.s3, stage.bucket, key, freshBytes(10));
    const { outcome, published } = await stage.resultOf(key);

    expect(outcome).toBe('hashed');
    expect(published[1]).toMatchObject({ sink: 'sidecar', status: 'refused', cause: 'SidecarTaken' });
    expect(await currentEtag(stage.clients.s3, stage.bucket, `${key}.sha1`)).toBe(foreign.etag);
  });
});
