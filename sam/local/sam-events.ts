import { spawnSync } from 'node:child_process';
import type { SQSEvent } from 'aws-lambda';
import { MidstateError } from '../../src/core/failures.js';
import type { ObjectRef } from '../../src/core/contracts.js';

/**
 * The event of `sam local generate-event s3 put` for an object: AWS's sample, with the object's own size, ETag and
 * version in the place of the sample's, so that it can be hashed.
 *
 * @param sam path of the tool
 */
export function samPutEvent(sam: string, object: ObjectRef, region: string): object {
  const { bucket, key, sizeBytes, etag, versionId } = object;
  const args = ['s3', 'put', '--bucket', bucket, '--key', key, '--region', region];
  const event = generate(sam, args) as {
    Records: { s3: { object: Record<string, unknown> } }[];
  };
  for (const { s3 } of event.Records) {
    Object.assign(s3.object, { size: sizeBytes, eTag: etag }, versionId === undefined ? {} : { versionId });
  }
  return event;
}

/**
 * The event of `sam local generate-event sqs receive-message`, with `body` as its message. (The tool takes no body with
 * quotes in it: it is put in afterwards.)
 */
export function samQueueEvent(sam: string, body: string, queueArn: string): SQSEvent {
  const [, , , region = '', account = '', queueName = ''] = queueArn.split(':');
  const args = [
    'sqs',
    'receive-message',
    '--region',
    region,
    '--account-id',
    account,
    '--queue-name',
    queueName,
  ];
  const event = generate(sam, [...args, '--body', 'placeholder']) as SQSEvent;
  return { Records: event.Records.map((record) => ({ ...record, body, eventSourceARN: queueArn })) };
}

function generate(sam: string, args: readonly string[]): unknown {
  const { status, stdout, stderr, error } = spawnSync(sam, ['local', 'generate-event', ...args], {
    encoding: 'utf8',
    // eslint-disable-next-line no-restricted-properties -- handed on, not read for a setting
    env: { ...process.env, SAM_CLI_TELEMETRY: '0' },
  });
  if (status === 0) return JSON.parse(stdout) as unknown;
  throw new MidstateError('InvalidInput', 'sam local generate-event: it failed', {
    facts: { actual: error?.message ?? stderr.trim().split('\n').at(-1) },
  });
}
