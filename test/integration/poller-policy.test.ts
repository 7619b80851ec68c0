import { randomUUID } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { PutObjectTaggingCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { midstate } from '../setup/midstate-cli.js';
import { PollerStage } from '../setup/poller-stage.js';
import { s3Record, sendMessage } from '../setup/s3-events.js';
import { opensslDigest, putObject } from '../setup/stack-clients.js';
import { theStack } from '../setup/the-stack.js';

let stage: PollerStage;
let policyFile: string;

beforeAll(async () => {
  policyFile = join(theStack().scratchDir, `policy-${randomUUID()}.yaml`);
  stage = await PollerStage.open({ MIDSTATE_POLICY_FILE: policyFile, MIDSTATE_REMEMBER: 'tags,sidecar' });
  writePolicy('a/');
  await stage.startPoller();
});

afterAll(() => stage.close());

function writePolicy(prefix: string): void {
  writeFileSync(
    policyFile,
    `version: 1\nrules:\n  - bucket: ${stage.bucket}\n    prefix: ${prefix}\n    algorithms: [sha1, md5]\n` +
      '    memoryClassMB: 1024\n    expected: { metadata: { sha256: origin } }\n',
  );
}

async function announce(key: string, eventTime = new Date().toISOString(), body = 'abc') {
  const Metadata = { origin: opensslDigest('sha256', body) };
  const object = await putObject(stage.clients.s3, stage.bucket, key, body, { Metadata });
  await sendMessage(stage.clients.sqs, stage.queueUrl, {
    Records: [{ ...s3Record(object, '0A'), eventTime }],
  });
  return object;
}

describe('the policy file', () => {
  test('decides what is started, and with what; the rest is acknowledged and logged', async () => {
    const [inside, outside] = [`a/${randomUUID()}`, `b/${randomUUID()}`];
    await announce(inside);
    await announce(outside);

    const [run] = await stage.untilStarted(inside);
    await stage.untilEmpty();

    const handle = stage.clients.temporal.workflow.getHandle(run!.workflowId);
    const { events } = await handle.fetchHistory();
    const payload = events?.[0]?.workflowExecutionStartedEventAttributes?.input?.payloads?.[0]?.data;
    expect(JSON.parse(Buffer.from(payload!).toString())).toMatchObject({
      algorithms: ['sha1', 'md5', 'sha256'],
      expected: { sha256: opensslDigest('sha256', 'abc') },
      policy: { memoryClassMB: 1024 },
    });
    expect(stage.logged('out of scope')).toMatchObject([
      { key: outside, reason: 'no rule of the policy names it' },
    ]);
    expect(await stage.runsOf(outside)).toEqual([]);
  });

  test('is read again when it changes; a bad one changes nothing', async () => {
    writeFileSync(policyFile, 'version: 1\nrules: []\n');
    await stage.untilLogged(/policy not reloaded/);
    const still = `a/${randomUUID()}`;
    await announce(still);
    await stage.untilStarted(still);

    writePolicy('c/');
    await stage.untilLogged('policy reloaded');
    const now = `c/${randomUUID()}`;
    await announce(now);

    await stage.untilStarted(now);
  });

  test('that is not valid ends a poller at once, with every fault', async () => {
    const bad = join(theStack().scratchDir, 'bad-policy.json');
    writeFileSync(bad, '{"version":1,"rules":[{"bucket":"b","sha":1},{"bucket":"B!"}]}');

    const { code, stderr } = await midstate(['poller', '--policy-file', bad], { env: stage.environment });

    expect(code).toBe(2);
    expect(stderr).toMatch(/rules\[0\].*"sha".*rules\[1\]\.bucket/);
    expect(stderr.trim().split('\n')).toHaveLength(1);
  });
});

describe('a version whose job Temporal has forgotten', () => {
  const LONG_AGO = '2020-01-01T00:00:00.000Z';
  const SHA1 = opensslDigest('sha1', 'abc');

  beforeAll(() => {
    const reloads = stage.logged('policy reloaded').length;
    writeFileSync(policyFile, `version: 1\nrules: [{bucket: ${stage.bucket}, algorithms: [sha1]}]\n`);
    return stage.untilLogged('policy reloaded', reloads + 1);
  });

  test('is not hashed again where its tags hold the digest', async () => {
    const key = `tagged-${randomUUID()}`;
    const { etag } = await putObject(stage.clients.s3, stage.bucket, key, 'abc');
    const TagSet = Object.entries({ 'midstate-sha1': SHA1, 'midstate-etag': etag });
    const Tagging = { TagSet: TagSet.map(([Key, Value]) => ({ Key, Value })) };
    await stage.clients.s3.send(new PutObjectTaggingCommand({ Bucket: stage.bucket, Key: key, Tagging }));

    await sendMessage(stage.clients.sqs, stage.queueUrl, {
      Records: [
        { ...s3Record({ bucket: stage.bucket, key, etag, sizeBytes: 3 }, '0A'), eventTime: LONG_AGO },
      ],
    });

    expect(await stage.untilLogged('already hashed, as its labels say')).toMatchObject({
      key,
      where: 'tags',
      digests: [`sha1:${SHA1}`],
    });
    await stage.untilEmpty();
    expect(await stage.runsOf(key)).toEqual([]);
  });

  test('is not hashed again where its sidecar does; submit says so too', async () => {
    const key = `beside-${randomUUID()}`;
    const { etag } = await putObject(stage.clients.s3, stage.bucket, key, 'abc');
    await stage.clients.s3.send(
      new PutObjectCommand({
        Bucket: stage.bucket,
        Key: `${key}.sha1`,
        Body: `${SHA1}  ${key}\n`,
        Metadata: { 'midstate-sidecar': etag },
      }),
    );

    const { stdout } = await midstate(['submit', '--event', '-'], {
      env: stage.environment,
      input: JSON.stringify({ bucket: stage.bucket, key }),
    });

    expect(stdout).toBe(`remembered by its sidecar  s3://${stage.bucket}/${key}  sha1:${SHA1}\n`);
    expect(await stage.runsOf(key)).toEqual([]);
  });

  test('is hashed where the label belongs to another version', async () => {
    const key = `stale-${randomUUID()}`;
    const object = await putObject(stage.clients.s3, stage.bucket, key, 'abc');
    const Tagging = {
      TagSet: [
        { Key: 'midstate-sha1', Value: SHA1 },
        { Key: 'midstate-etag', Value: 'other' },
      ],
    };
    await stage.clients.s3.send(new PutObjectTaggingCommand({ Bucket: stage.bucket, Key: key, Tagging }));

    await sendMessage(stage.clients.sqs, stage.queueUrl, {
      Records: [{ ...s3Record(object, '0A'), eventTime: LONG_AGO }],
    });

    await stage.untilStarted(key);
  });
});
