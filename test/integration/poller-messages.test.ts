import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { SendMessageCommand } from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { eventually } from '../setup/eventually.js';
import { jsonLines, midstate } from '../setup/midstate-cli.js';
import { PollerStage } from '../setup/poller-stage.js';
import { s3Record } from '../setup/s3-events.js';
import { putObject } from '../setup/stack-clients.js';

let stage: PollerStage;

beforeAll(async () => {
  stage = await PollerStage.open();
  await stage.startPoller();
});

afterAll(() => stage.close());

async function send(body: string): Promise<void> {
  await stage.clients.sqs.send(new SendMessageCommand({ QueueUrl: stage.queueUrl, MessageBody: body }));
}

async function upload(key = `object ${randomUUID()}`) {
  return putObject(stage.clients.s3, stage.bucket, key, 'abc');
}

function fixture(name: string): object {
  const file = new URL(`../fixtures/events/${name}.json`, import.meta.url);
  return (JSON.parse(readFileSync(file, 'utf8')) as { message: object }).message;
}

describe('a message in the queue', () => {
  test('of every form starts the job of its object, once', async () => {
    const [plain, sns, bridge, batch, line] = await Promise.all(
      ['a+b', 'c d', 'e%2Ff', 'g h', 'i%j'].map((name) => upload(`${name} ${randomUUID()}`)),
    );
    const created = fixture('eventbridge-created') as { detail: object };
    const detail = {
      ...created.detail,
      bucket: { name: stage.bucket },
      object: { key: bridge!.key, etag: bridge!.etag, size: 3, sequencer: '0A' },
    };
    const task = {
      taskId: 't',
      s3Key: encodeURIComponent(batch!.key).replaceAll('%20', '+'),
      s3VersionId: null,
      s3BucketArn: `arn:aws:s3:::${stage.bucket}`,
    };
    const bodies = [
      { Records: [s3Record(plain!, '0A')] },
      { ...fixture('sns-s3-put'), Message: JSON.stringify({ Records: [s3Record(sns!, '0A')] }) },
      { ...created, detail },
      { ...fixture('s3-batch-1.0'), tasks: [task] },
      { bucket: line!.bucket, key: line!.key },
    ];

    for (const body of [...bodies, ...bodies]) await send(JSON.stringify(body));
    for (const object of [plain, sns, bridge, batch, line]) await stage.untilStarted(object!.key);
    await stage.untilEmpty();

    for (const object of [plain, sns, bridge, batch, line])
      expect(await stage.runsOf(object!.key), object!.key).toHaveLength(1);
    expect(await stage.count(stage.dlqUrl)).toBe(0);
  });

  test('made by hand finds the job that the event of an unversioned object has started', async () => {
    const object = await upload();
    await send(JSON.stringify({ Records: [s3Record(object, '0A1B')] }));
    const [run] = await stage.untilStarted(object.key);

    const uri = `s3://${object.bucket}/${object.key}`;
    const submitted = await midstate(['submit', uri, '--json'], { env: stage.environment });
    await send(JSON.stringify({ bucket: object.bucket, key: object.key }));
    await stage.untilEmpty();

    expect(jsonLines(submitted.stdout)).toMatchObject([{ workflowId: run!.workflowId }]);
    expect(await stage.runsOf(object.key)).toEqual([run]);
  });

  test('names a version that was overwritten since: each has its job, whatever the order of the events', async () => {
    const older = await upload();
    const newer = await putObject(stage.clients.s3, stage.bucket, older.key, 'defg');

    await send(JSON.stringify({ Records: [s3Record(newer, '0B')] }));
    await send(JSON.stringify({ Records: [s3Record(older, '0A')] }));

    expect(await stage.untilStarted(older.key, 2)).toHaveLength(2);
  });

  test('of an object that is not there is done with', async () => {
    await send(JSON.stringify({ bucket: stage.bucket, key: 'never-there' }));

    expect(await stage.untilLogged('object gone before its start')).toMatchObject({ key: 'never-there' });
    await stage.untilEmpty();
  });
});

describe('a message that cannot be understood', () => {
  const dlq = (...args: string[]) => midstate(['dlq', ...args, '--json'], { env: stage.environment });
  const inDlq = (count: number) =>
    eventually(async () => (await stage.count(stage.dlqUrl)) === count, {
      what: `${String(count)} messages in the dead-letter queue`,
    });

  test('is in the dead-letter queue after one look, with the reason; the command line looks after it', async () => {
    await send('no json: \u{1F600}');
    await send(JSON.stringify({ Records: [{ eventSource: 'aws:s3', eventName: 'ObjectCreated:Put' }] }));
    await inDlq(2);
    await stage.untilEmpty();

    const listed = jsonLines((await dlq('list')).stdout)[0] as {
      groups: { messages: { messageId: string }[] }[];
    };
    expect(listed).toMatchObject({ count: 2 });
    expect(listed.groups).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ reason: 'not-json', count: 1 }),
        expect.objectContaining({ reason: 'bad-record', count: 1 }),
      ]),
    );
    const id = listed.groups.flatMap(({ messages }) => messages)[0]!.messageId;
    expect(jsonLines((await dlq('show', id)).stdout)[0]).toMatchObject({
      messageId: id,
      body: expect.any(String) as string,
      detail: expect.stringMatching(/^message: /) as string,
    });
    expect((await dlq('show', 'nobody')).code).toBe(1);

    expect(jsonLines((await dlq('redrive', '--dry-run')).stdout)).toMatchObject([{ wouldMove: 2 }]);
    expect(jsonLines((await dlq('redrive', '--limit', '1')).stdout)).toMatchObject([{ moved: 1 }]);
    // Put back, they are looked at once more, and are no better than before.
    await inDlq(2);
    expect(jsonLines((await dlq('redrive')).stdout)).toMatchObject([{ moved: 2, how: 'by a task of SQS' }]);
    await inDlq(2);

    const refused = await dlq('purge');
    expect(refused).toMatchObject({ code: 2, stderr: expect.stringMatching(/--yes/) as string });
    expect(jsonLines((await dlq('purge', '--reason', 'not-json', '--yes')).stdout)).toMatchObject([
      { deleted: 1 },
    ]);
    await inDlq(1);
    expect((await dlq('purge', '--yes')).code).toBe(0);
    await inDlq(0);
  });
});

describe('a poller that stops', () => {
  test('leaves no long poll behind that swallows the next message', async () => {
    await stage.stopPoller();

    await send('anything');
    const seen = await eventually(async () => (await stage.count()) === 1, { what: 'the message' });

    expect(seen).toBe(true);
    expect(await stage.hidden()).toBe(0);
  });
});
