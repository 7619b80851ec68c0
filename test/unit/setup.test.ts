import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { S3Client } from '@aws-sdk/client-s3';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { mergeNotification, type WantedNotification } from '../../src/setup/merge-notification.js';
import { planNotification, type NotificationOptions } from '../../src/setup/plan-notification.js';
import { planQueuePolicy, planQueues } from '../../src/setup/plan-queues.js';
import { bucketStatement, withStatement } from '../../src/setup/queue-policy.js';
import type { SetupStep } from '../../src/setup/setup-step.js';
import { createNotificationStore, type BucketNotifications } from '../../src/storage/bucket-notifications.js';
import type { QueueProvisioner, QueueState } from '../../src/storage/queue-provisioner.js';

const arnOf = (name: string) => `arn:aws:sqs:eu-west-1:111122223333:${name}`;

/** Queues in memory. */
class FakeQueues implements QueueProvisioner {
  readonly queues = new Map<string, Record<string, string>>();

  inspect(name: string): Promise<QueueState | undefined> {
    const attributes = this.queues.get(name);
    return Promise.resolve(
      attributes && { url: `http://sqs/${name}`, arn: arnOf(name), attributes: { ...attributes } },
    );
  }

  async create(name: string, attributes: Readonly<Record<string, string>>): Promise<QueueState> {
    this.queues.set(name, { ...attributes });
    return (await this.inspect(name))!;
  }

  change(url: string, attributes: Readonly<Record<string, string>>): Promise<void> {
    Object.assign(this.queues.get(url.split('/').at(-1)!)!, attributes);
    return Promise.resolve();
  }

  /** An attribute of JSON. */
  json(name: string, attribute: string): unknown {
    return JSON.parse(this.queues.get(name)?.[attribute] ?? 'null') as unknown;
  }
}

async function apply(...steps: readonly SetupStep[]): Promise<void> {
  for (const step of steps) if (step.kind !== 'conflict') await step.apply?.();
}

const kinds = (steps: readonly SetupStep[]) => steps.map(({ kind }) => kind);

describe('the plan of a queue', () => {
  let queues: FakeQueues;

  beforeEach(() => {
    queues = new FakeQueues();
  });

  test('creates what is missing, and has nothing left to do afterwards', async () => {
    const plan = await planQueues(queues, 'uploads', undefined);
    expect(kinds(plan.steps)).toEqual(['create', 'create']);
    expect(queues.queues.size).toBe(0);

    await apply(...plan.steps);

    expect(queues.json('uploads', 'RedrivePolicy')).toEqual({
      deadLetterTargetArn: arnOf('uploads-dlq'),
      maxReceiveCount: '10',
    });
    expect(queues.queues.get('uploads-dlq')).toMatchObject({ MessageRetentionPeriod: '1209600' });
    expect(kinds((await planQueues(queues, 'uploads', undefined)).steps)).toEqual(['keep', 'keep']);
  });

  test('uses the dead-letter queue that the queue has, with its own count', async () => {
    const policy = JSON.stringify({ deadLetterTargetArn: arnOf('graveyard'), maxReceiveCount: 3 });
    queues.queues.set('graveyard', {});
    queues.queues.set('uploads', { RedrivePolicy: policy });

    const plan = await planQueues(queues, 'uploads', undefined);

    expect(kinds(plan.steps)).toEqual(['keep', 'keep']);
    expect(plan.dlq?.arn).toBe(arnOf('graveyard'));
  });

  test('does not take a queue from its dead-letter queue', async () => {
    const policy = JSON.stringify({ deadLetterTargetArn: arnOf('graveyard'), maxReceiveCount: 3 });
    queues.queues.set('uploads', { RedrivePolicy: policy });

    const { steps } = await planQueues(queues, 'uploads', 'mine');

    expect(kinds(steps)).toEqual(['create', 'conflict']);
    expect(steps[1]?.lines.at(-1)).toMatch(/^! it has another dead-letter queue: graveyard/);
  });

  test('adds a dead-letter queue to a queue that has none: a change', async () => {
    queues.queues.set('uploads', { VisibilityTimeout: '77' });

    const { steps } = await planQueues(queues, 'uploads', undefined);
    await apply(...steps);

    expect(kinds(steps)).toEqual(['create', 'change']);
    expect(queues.queues.get('uploads')).toMatchObject({ VisibilityTimeout: '77' });
    expect(queues.json('uploads', 'RedrivePolicy')).toMatchObject({
      deadLetterTargetArn: arnOf('uploads-dlq'),
    });
  });

  test('of FIFO makes both FIFO, and mixes no kinds', async () => {
    const { steps } = await planQueues(queues, 'uploads.fifo', undefined);
    await apply(...steps);

    expect(queues.queues.get('uploads-dlq.fifo')).toMatchObject({ FifoQueue: 'true' });
    await expect(planQueues(queues, 'uploads.fifo', 'plain')).rejects.toMatchObject({
      failure: 'InvalidInput',
    });
  });
});

describe("the queue's policy", () => {
  const access = { queueArn: arnOf('uploads'), bucket: 'my-bucket', account: '111122223333' };

  test('lets S3 in for one bucket of one account only', () => {
    expect(bucketStatement(access)).toEqual({
      Sid: expect.stringMatching(/^Midstate[0-9a-f]{16}$/) as string,
      Effect: 'Allow',
      Principal: { Service: 's3.amazonaws.com' },
      Action: 'sqs:SendMessage',
      Resource: arnOf('uploads'),
      Condition: {
        ArnLike: { 'aws:SourceArn': 'arn:aws:s3:::my-bucket' },
        StringEquals: { 'aws:SourceAccount': '111122223333' },
      },
    });
  });

  test('keeps the statements of others, and those of other buckets', () => {
    const theirs = { Sid: 'Theirs', Effect: 'Deny', Action: 'sqs:*', Resource: '*' };
    const other = bucketStatement({ ...access, bucket: 'other' });
    const text = JSON.stringify({ Version: '2008-10-17', Id: 'x', Statement: [theirs, other] });

    const merged = withStatement(text, bucketStatement(access));

    expect(merged).toEqual({
      Version: '2008-10-17',
      Id: 'x',
      Statement: [theirs, other, bucketStatement(access)],
    });
    expect(withStatement(JSON.stringify(merged), bucketStatement(access))).toBeUndefined();
  });

  test('replaces our own statement where it is another', () => {
    const old = bucketStatement({ ...access, account: '999' });
    const text = JSON.stringify({ Version: '2012-10-17', Statement: old });

    expect(withStatement(text, bucketStatement(access))?.Statement).toEqual([bucketStatement(access)]);
  });

  test('is set with the account of the queue, unless the bucket has another', async () => {
    const queues = new FakeQueues();
    queues.queues.set('uploads', {});
    const plan = await planQueues(queues, 'uploads', undefined);

    const step = planQueuePolicy(queues, plan, 'my-bucket', undefined);
    await apply(step);

    expect(step).toMatchObject({ kind: 'change', lines: [expect.stringMatching(/account 111122223333$/)] });
    expect(queues.json('uploads', 'Policy')).toEqual({
      Version: '2012-10-17',
      Statement: [bucketStatement(access)],
    });
    const again = await planQueues(queues, 'uploads', undefined);
    expect(planQueuePolicy(queues, again, 'my-bucket', undefined).kind).toBe('keep');
    expect(planQueuePolicy(queues, again, 'my-bucket', '444455556666').kind).toBe('change');
  });

  test('keeps what somebody added after the plan was shown', async () => {
    const queues = new FakeQueues();
    queues.queues.set('uploads', {});
    const step = planQueuePolicy(
      queues,
      await planQueues(queues, 'uploads', undefined),
      'my-bucket',
      undefined,
    );
    const theirs = { Sid: 'Theirs', Effect: 'Deny' };
    queues.queues.get('uploads')!['Policy'] = JSON.stringify({ Version: '2012-10-17', Statement: [theirs] });

    await apply(step);

    expect(queues.json('uploads', 'Policy')).toMatchObject({ Statement: [theirs, { Effect: 'Allow' }] });
  });
});

describe('the notifications of a bucket', () => {
  const wanted: WantedNotification = {
    id: 'midstate-uploads',
    queueArn: arnOf('uploads'),
    events: ['s3:ObjectCreated:*'],
    prefix: '',
    suffix: '',
  };
  const lambda = (rules: object[] = [], Events = ['s3:ObjectCreated:Put']) => ({
    LambdaFunctionConfigurations: [
      { Id: 'thumbs', LambdaFunctionArn: 'arn:l', Events, Filter: { Key: { FilterRules: rules } } },
    ],
  });
  const filter = (Name: string, Value: string) => ({ Name, Value });

  test('of others are kept as they are', () => {
    const present: BucketNotifications = {
      ...lambda([], ['s3:ObjectRemoved:*']),
      QueueConfigurations: [
        { Id: 'theirs', QueueArn: arnOf('theirs'), Events: ['s3:ObjectTagging:*'] },
        { Id: 'midstate-uploads', QueueArn: arnOf('old'), Events: ['s3:ObjectCreated:Put'] },
      ],
      EventBridgeConfiguration: {},
    };

    expect(mergeNotification(present, wanted)).toEqual({
      kind: 'change',
      merged: {
        ...present,
        QueueConfigurations: [
          { Id: 'theirs', QueueArn: arnOf('theirs'), Events: ['s3:ObjectTagging:*'] },
          { Id: 'midstate-uploads', QueueArn: arnOf('uploads'), Events: ['s3:ObjectCreated:*'] },
        ],
      },
      others: [`"theirs" to ${arnOf('theirs')}`, '"thumbs" to arn:l', 'EventBridge'],
    });
  });

  test.each([
    ['no filter', lambda()],
    ['a prefix inside ours', lambda([filter('Prefix', 'a/b/')])],
    ['all events', lambda([], ['s3:ObjectCreated:*'])],
  ])('stand in the way where they take the same events: %s', (_, present) => {
    expect(mergeNotification(present, { ...wanted, prefix: 'a/' })).toEqual({
      kind: 'conflict',
      with: '"thumbs" to arn:l',
    });
  });

  test.each([
    ['another prefix', lambda([filter('Prefix', 'b/')])],
    ['another suffix', lambda([filter('suffix', '.jpg')])],
    ['other events', lambda([], ['s3:ObjectRemoved:*'])],
  ])('do not where they cannot meet: %s', (_, present) => {
    expect(mergeNotification(present, { ...wanted, prefix: 'a/', suffix: '.mov' }).kind).toBe('change');
  });

  test('that send to the queue already are enough, whoever made them', () => {
    const present = {
      QueueConfigurations: [
        { Id: 'made-by-terraform', QueueArn: arnOf('uploads'), Events: ['s3:ObjectCreated:*'] },
      ],
    };

    expect(mergeNotification(present, wanted)).toEqual({
      kind: 'keep',
      by: `"made-by-terraform" to ${arnOf('uploads')}`,
    });
  });
});

describe('the notifications of a bucket on a server', () => {
  const OPTIONS: NotificationOptions = {
    bucket: 'my-bucket',
    queueName: 'uploads',
    prefix: 'video/',
    suffix: '',
    restores: true,
  };
  const THEIRS =
    '<CloudFunctionConfiguration><Id>thumbs</Id><CloudFunction>arn:aws:lambda:eu-west-1:1:function:t</CloudFunction>' +
    '<Event>s3:ObjectRemoved:*</Event></CloudFunctionConfiguration><EventBridgeConfiguration/>';
  let server: Server;
  let client: S3Client;
  let xml: string;

  beforeEach(async () => {
    xml = document(THEIRS);
    server = createServer((request, response) => {
      const pieces: Buffer[] = [];
      request.on('data', (piece: Buffer) => pieces.push(piece));
      request.on('end', () => {
        if (!/^\/my-bucket\/?\?notification=?$/.test(request.url ?? '')) response.writeHead(404).end();
        else if (request.method === 'GET') response.end(xml);
        else {
          xml = Buffer.concat(pieces).toString();
          response.end();
        }
      });
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    client = new S3Client({
      endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
      region: 'eu-west-1',
      forcePathStyle: true,
      credentials: { accessKeyId: 'a', secretAccessKey: 'b' },
      requestChecksumCalculation: 'WHEN_REQUIRED',
    });
  });

  afterEach(async () => {
    client.destroy();
    server.close();
    server.closeAllConnections();
    await once(server, 'close');
  });

  function document(inside: string): string {
    const ns = 'http://s3.amazonaws.com/doc/2006-03-01/';
    return `<?xml version="1.0" encoding="UTF-8"?><NotificationConfiguration xmlns="${ns}">${inside}</NotificationConfiguration>`;
  }

  async function plan() {
    const queues = new FakeQueues();
    queues.queues.set('uploads', {});
    const store = createNotificationStore(client);
    return planNotification(store, await planQueues(queues, 'uploads', undefined), OPTIONS);
  }

  test('are shown first, then set beside those of others, and are there the next time', async () => {
    const step = await plan();
    expect(step).toMatchObject({
      kind: 'change',
      lines: [
        '+ s3:ObjectCreated:*, s3:ObjectRestore:Completed to the queue uploads, prefix video/',
        '= "thumbs" to arn:aws:lambda:eu-west-1:1:function:t',
        '= EventBridge',
      ],
    });
    expect(xml).toBe(document(THEIRS));

    await apply(step);

    expect(xml).toContain('<Id>thumbs</Id>');
    expect(xml).toMatch(/<EventBridgeConfiguration\s*(\/>|><\/EventBridgeConfiguration>)/);
    expect(xml).toContain('<Id>midstate-uploads</Id>');
    expect(xml).toContain(`<Queue>${arnOf('uploads')}</Queue>`);
    expect(xml).toMatch(/<FilterRule><Name>prefix<\/Name><Value>video\/<\/Value><\/FilterRule>/);
    expect((await plan()).kind).toBe('keep');
  });

  test('that changed since they were shown are not replaced', async () => {
    const step = await plan();
    xml = document('');

    await expect(apply(step)).rejects.toMatchObject({ failure: 'InvalidInput' });
    expect(xml).toBe(document(''));
  });

  test('of a bucket that is not there end with its name', async () => {
    const store = createNotificationStore(client);

    await expect(store.read('none')).rejects.toThrow(/bucket=none/);
  });
});
