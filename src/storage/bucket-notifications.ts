import {
  GetBucketNotificationConfigurationCommand,
  PutBucketNotificationConfigurationCommand,
  type NotificationConfiguration,
  type S3Client,
} from '@aws-sdk/client-s3';
import { translateAwsError } from './aws-failures.js';

/** One configuration of a bucket's notifications, in S3's own fields. */
export interface NotificationTarget {
  readonly Id?: string;
  readonly QueueArn?: string;
  readonly TopicArn?: string;
  readonly LambdaFunctionArn?: string;
  readonly Events?: readonly string[];
  readonly Filter?: {
    readonly Key?: { readonly FilterRules?: readonly { readonly Name?: string; readonly Value?: string }[] };
  };
}

/** A bucket's whole notification configuration, in S3's own fields; what is not known is carried along. */
export interface BucketNotifications {
  readonly QueueConfigurations?: readonly NotificationTarget[];
  readonly TopicConfigurations?: readonly NotificationTarget[];
  readonly LambdaFunctionConfigurations?: readonly NotificationTarget[];
  readonly EventBridgeConfiguration?: object;
}

/** Reads and replaces a bucket's notification configuration as a whole: S3 knows no other way. */
export interface NotificationStore {
  /** Needs s3:GetBucketNotification. */
  read(bucket: string): Promise<BucketNotifications>;
  /** Needs s3:PutBucketNotification. S3 refuses a queue whose policy does not let it in. */
  replace(bucket: string, notifications: BucketNotifications): Promise<void>;
}

/** `NotificationStore` on S3. @throws MidstateError BucketNotFound, AccessDenied, InvalidInput, StoreUnavailable */
export function createNotificationStore(client: S3Client): NotificationStore {
  return {
    async read(bucket) {
      const { $metadata: _, ...configuration } = await client
        .send(new GetBucketNotificationConfigurationCommand({ Bucket: bucket }))
        .catch((error: unknown) => {
          throw translateAwsError(error, 'read the bucket’s notifications', { bucket });
        });
      return configuration as BucketNotifications;
    },
    async replace(bucket, notifications) {
      const command = new PutBucketNotificationConfigurationCommand({
        Bucket: bucket,
        NotificationConfiguration: notifications as NotificationConfiguration,
      });
      await client.send(command).catch((error: unknown) => {
        throw translateAwsError(error, 'set the bucket’s notifications', { bucket });
      });
    },
  };
}
