import {
  CreateQueueCommand,
  GetQueueAttributesCommand,
  SetQueueAttributesCommand,
  type SQSClient,
} from '@aws-sdk/client-sqs';

export interface Queues {
  readonly queueUrl: string;
  readonly dlqUrl: string;
}

/**
 * A message that was received this often and not deleted goes to the dead-letter queue. What cannot be understood goes
 * there at its first look, so this only catches what fails outside, for about an hour, or kills its poller each time.
 */
export const MAX_RECEIVE_COUNT = 10;

/** Creates the queue and its dead-letter queue unless they are there; their messages stay. */
export async function provisionQueues(sqs: SQSClient, queue: string, dlq: string): Promise<Queues> {
  const dlqUrl = await createQueue(sqs, dlq);
  const queueUrl = await createQueue(sqs, queue);
  const { Attributes } = await sqs.send(
    new GetQueueAttributesCommand({ QueueUrl: dlqUrl, AttributeNames: ['QueueArn'] }),
  );
  const redrive = {
    deadLetterTargetArn: Attributes?.['QueueArn'],
    maxReceiveCount: String(MAX_RECEIVE_COUNT),
  };
  await sqs.send(
    new SetQueueAttributesCommand({
      QueueUrl: queueUrl,
      Attributes: { RedrivePolicy: JSON.stringify(redrive) },
    }),
  );
  return { queueUrl, dlqUrl };
}

async function createQueue(sqs: SQSClient, name: string): Promise<string> {
  const { QueueUrl } = await sqs.send(new CreateQueueCommand({ QueueName: name }));
  if (QueueUrl === undefined) throw new Error(`SQS: CreateQueue of ${name} gave no queue URL`);
  return QueueUrl;
}
