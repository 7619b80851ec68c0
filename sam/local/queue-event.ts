import { createHash, randomUUID } from 'node:crypto';
import type { SQSEvent } from 'aws-lambda';

/** The event with which Lambda hands messages of a queue to a function. */
export function queueEvent(bodies: readonly string[], queueArn: string): SQSEvent {
  return { Records: bodies.map((body) => recordOf(body, queueArn)) };
}

function recordOf(body: string, queueArn: string): SQSEvent['Records'][number] {
  const nowMs = String(Date.now());
  return {
    messageId: randomUUID(),
    receiptHandle: 'of no receive',
    body,
    attributes: {
      ApproximateReceiveCount: '1',
      SentTimestamp: nowMs,
      SenderId: 'local',
      ApproximateFirstReceiveTimestamp: nowMs,
    },
    messageAttributes: {},
    md5OfBody: createHash('md5').update(body).digest('hex'),
    eventSource: 'aws:sqs',
    eventSourceARN: queueArn,
    awsRegion: queueArn.split(':')[3] ?? '',
  };
}
