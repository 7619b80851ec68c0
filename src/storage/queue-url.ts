import { GetQueueAttributesCommand, GetQueueUrlCommand, type SQSClient } from '@aws-sdk/client-sqs';
import { MidstateError } from '../core/failures.js';
import { translateAwsError } from './aws-failures.js';

/** Parts of `arn:aws:sqs:region:account:name`. */
export interface QueueArn {
  readonly partition: string;
  readonly region: string;
  readonly account: string;
  readonly name: string;
}

/** @throws MidstateError InvalidInput when it is no ARN of a queue */
export function parseQueueArn(arn: string): QueueArn {
  const match = /^arn:([\w-]+):sqs:([\w-]*):(\w*):([\w.-]+)$/.exec(arn);
  const [, partition = '', region = '', account = '', name = ''] = match ?? [];
  if (match === null) {
    throw new MidstateError('InvalidInput', 'queue: expected arn:aws:sqs:REGION:ACCOUNT:NAME', {
      facts: { actual: arn },
    });
  }
  return { partition, region, account, name };
}

/** Asks for the URL of the queue that an ARN names. Needs sqs:GetQueueUrl. */
export async function queueUrlOf(client: SQSClient, arn: string): Promise<string> {
  const { name, account } = parseQueueArn(arn);
  const { QueueUrl } = await client.send(
    new GetQueueUrlCommand({ QueueName: name, QueueOwnerAWSAccountId: account }),
  );
  if (QueueUrl === undefined) throw new Error(`SQS: GetQueueUrl of ${name} gave no queue URL`);
  return QueueUrl;
}

/**
 * The ARN of the queue at a URL. Needs sqs:GetQueueAttributes.
 * @throws MidstateError QueueNotFound, AccessDenied (not retried); StoreUnavailable (retried)
 */
export async function queueArnOf(client: SQSClient, queueUrl: string): Promise<string> {
  const { Attributes } = await client
    .send(new GetQueueAttributesCommand({ QueueUrl: queueUrl, AttributeNames: ['QueueArn'] }))
    .catch((error: unknown) => {
      throw translateAwsError(error, 'describe queue', { queue: queueUrl });
    });
  return Attributes?.QueueArn ?? '';
}
