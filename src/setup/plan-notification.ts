import { isDeepStrictEqual } from 'node:util';
import { MidstateError } from '../core/failures.js';
import type { NotificationStore } from '../storage/bucket-notifications.js';
import { mergeNotification, type WantedNotification } from './merge-notification.js';
import type { QueuePlan } from './plan-queues.js';
import type { SetupStep } from './setup-step.js';

export interface NotificationOptions {
  readonly bucket: string;
  readonly queueName: string;
  readonly prefix: string;
  readonly suffix: string;
  /** Be told of restored archives too. */
  readonly restores: boolean;
}

/** Plans that the bucket tells the queue of its uploads, beside what it tells others. */
export async function planNotification(
  store: NotificationStore,
  queues: QueuePlan,
  options: NotificationOptions,
): Promise<SetupStep> {
  const { bucket, queueName, prefix, suffix } = options;
  const what = `notifications of bucket ${bucket}`;
  const wanted: WantedNotification = {
    id: `midstate-${queueName}`,
    queueArn: queues.queue?.arn ?? '',
    events: ['s3:ObjectCreated:*', ...(options.restores ? ['s3:ObjectRestore:Completed'] : [])],
    prefix,
    suffix,
  };
  const present = await store.read(bucket);
  const plan = mergeNotification(present, wanted);
  if (plan.kind === 'keep') return { what, kind: 'keep', lines: [`= sent to the queue by ${plan.by}`] };
  if (plan.kind === 'conflict') {
    const rival = `! ${plan.with} takes the same events, and S3 allows one destination for each: let it go through SNS or EventBridge, or narrow --prefix`;
    return { what, kind: 'conflict', lines: [rival] };
  }
  const filter = `${prefix === '' ? '' : `, prefix ${prefix}`}${suffix === '' ? '' : `, suffix ${suffix}`}`;
  return {
    what,
    kind: 'change',
    lines: [
      `+ ${wanted.events.join(', ')} to the queue ${queueName}${filter}`,
      ...plan.others.map((other) => `= ${other}`),
    ],
    apply: async () => {
      // S3 replaces the whole configuration and has no condition: what was shown must still be there.
      const now = await store.read(bucket);
      if (!isDeepStrictEqual(now, present)) {
        throw new MidstateError(
          'InvalidInput',
          'setup: the bucket’s notifications changed since they were shown; run it again',
          { facts: { bucket } },
        );
      }
      const merged = mergeNotification(now, { ...wanted, queueArn: queues.queue?.arn ?? '' });
      if (merged.kind === 'change') await store.replace(bucket, merged.merged);
    },
  };
}
