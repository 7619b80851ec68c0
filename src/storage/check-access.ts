import { ListBucketsCommand, type S3Client } from '@aws-sdk/client-s3';
import { GetQueueAttributesCommand, type SQSClient } from '@aws-sdk/client-sqs';
import { translateAwsError } from './aws-failures.js';

/**
 * Asks S3 for its buckets and returns how many the first answer names.
 * @throws MidstateError AccessDenied, StoreUnavailable
 */
export async function listBucketsOnce(client: S3Client): Promise<number> {
  const endpoint = await client.config.endpoint?.();
  const { Buckets } = await client.send(new ListBucketsCommand({})).catch((error: unknown) => {
    throw translateAwsError(error, 'list buckets', { endpoint: endpoint?.hostname, port: endpoint?.port });
  });
  return Buckets?.length ?? 0;
}

/**
 * Asks SQS about how many messages wait in a queue. Needs sqs:GetQueueAttributes.
 * @throws MidstateError QueueNotFound, AccessDenied, StoreUnavailable
 */
export async function countQueuedMessages(client: SQSClient, queueUrl: string): Promise<number> {
  const { Attributes } = await client
    .send(
      new GetQueueAttributesCommand({
        QueueUrl: queueUrl,
        AttributeNames: ['ApproximateNumberOfMessages'],
      }),
    )
    .catch((error: unknown) => {
      throw translateAwsError(error, 'describe queue', { queue: queueUrl });
    });
  return Number(Attributes?.['ApproximateNumberOfMessages'] ?? 0);
}
