import {
  CreateQueueCommand,
  GetQueueAttributesCommand,
  GetQueueUrlCommand,
  SetQueueAttributesCommand,
  type QueueAttributeName,
  type SQSClient,
} from '@aws-sdk/client-sqs';
import { MidstateError } from '../core/failures.js';
import { translateAwsError } from './aws-failures.js';

/** A queue as it is. */
export interface QueueState {
  readonly url: string;
  readonly arn: string;
  readonly attributes: Readonly<Record<string, string>>;
}

/** Looks at queues and changes them, for `midstate setup`. */
export interface QueueProvisioner {
  /** Undefined where there is no such queue. Needs sqs:GetQueueUrl, sqs:GetQueueAttributes. */
  inspect(name: string): Promise<QueueState | undefined>;
  /** Needs sqs:CreateQueue. */
  create(name: string, attributes: Readonly<Record<string, string>>): Promise<QueueState>;
  /** Needs sqs:SetQueueAttributes. */
  change(url: string, attributes: Readonly<Record<string, string>>): Promise<void>;
}

/** `QueueProvisioner` on SQS. @throws MidstateError AccessDenied, StoreUnavailable */
export function createQueueProvisioner(client: SQSClient): QueueProvisioner {
  const failed = (action: string, queue: string) => (error: unknown) => {
    throw translateAwsError(error, action, { queue });
  };
  const read = async (url: string): Promise<QueueState> => {
    const names: QueueAttributeName[] = ['All'];
    const { Attributes } = await client
      .send(new GetQueueAttributesCommand({ QueueUrl: url, AttributeNames: names }))
      .catch(failed('describe queue', url));
    const attributes = Object.fromEntries(Object.entries(Attributes ?? {}));
    return { url, arn: attributes['QueueArn'] ?? '', attributes };
  };
  return {
    async inspect(name) {
      const answer = await client
        .send(new GetQueueUrlCommand({ QueueName: name }))
        .catch((error: unknown) => {
          const translated = translateAwsError(error, 'find queue', { queue: name });
          if (translated instanceof MidstateError && translated.failure === 'QueueNotFound') return undefined;
          throw translated;
        });
      return answer?.QueueUrl === undefined ? undefined : await read(answer.QueueUrl);
    },
    async create(name, attributes) {
      const command = new CreateQueueCommand({ QueueName: name, Attributes: attributes });
      const { QueueUrl } = await client.send(command).catch(failed('create queue', name));
      if (QueueUrl === undefined) throw new Error(`SQS: CreateQueue of ${name} gave no queue URL`);
      return await read(QueueUrl);
    },
    async change(url, attributes) {
      await client
        .send(new SetQueueAttributesCommand({ QueueUrl: url, Attributes: attributes }))
        .catch(failed('change queue', url));
    },
  };
}
