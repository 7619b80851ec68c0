import { loadConfig } from '../config.js';
import { MidstateError } from '../core/failures.js';
import { SEARCH_ATTRIBUTES } from '../core/search-attributes.js';
import { planNotification } from '../setup/plan-notification.js';
import { planQueuePolicy, planQueues, type QueuePlan } from '../setup/plan-queues.js';
import type { SetupStep } from '../setup/setup-step.js';
import { createS3Client } from '../storage/aws-clients.js';
import { createNotificationStore } from '../storage/bucket-notifications.js';
import { createQueueProvisioner } from '../storage/queue-provisioner.js';
import { createSqsClient } from '../storage/sqs-client.js';
import { openClient } from '../starter/open-client.js';
import { missingSearchAttributes, registerSearchAttributes } from '../temporal/register-search-attributes.js';
import type { SetupOptions } from './setup-command.js';

export interface OpenSetup {
  readonly steps: readonly SetupStep[];
  /** What machines are told: the plan, and where the queues are. */
  summary(isApplied: boolean): Record<string, unknown>;
  close(): Promise<void>;
}

/** Looks at everything that the options name, and plans; changes nothing. */
export async function openSetup(options: SetupOptions): Promise<OpenSetup> {
  const client = await openClient();
  try {
    const missing = await missingSearchAttributes(client);
    const attributes = attributeStep(missing, async () => {
      await registerSearchAttributes(client);
    });
    const queues = options.queue === undefined ? undefined : await planAll(options, options.queue);
    const steps = [attributes, ...(queues?.steps ?? [])];
    return {
      steps,
      summary: (isApplied) => ({
        searchAttributesRegistered: isApplied ? missing : [],
        ...(queues?.plan.queue === undefined ? {} : { queueUrl: queues.plan.queue.url }),
        ...(queues?.plan.dlq === undefined ? {} : { dlqUrl: queues.plan.dlq.url }),
        isApplied,
        steps: steps.map(({ what, kind, lines }) => ({ what, kind, lines })),
      }),
      close: () => client.connection.close(),
    };
  } catch (error) {
    await client.connection.close();
    throw error;
  }
}

async function planAll(
  options: SetupOptions,
  queue: string,
): Promise<{ plan: QueuePlan; steps: SetupStep[] }> {
  const { aws } = loadConfig();
  const provisioner = createQueueProvisioner(createSqsClient({ ...aws, connections: 2 }));
  const plan = await planQueues(provisioner, queue, options.dlq);
  const { bucket } = options;
  if (bucket === undefined) return { plan, steps: [...plan.steps] };
  if (queue.endsWith('.fifo')) {
    throw new MidstateError('InvalidInput', 'setup: S3 sends no notifications to a FIFO queue', {
      facts: { queue, bucket },
    });
  }
  const store = createNotificationStore(createS3Client({ ...aws, idleTimeoutMs: 30_000, connections: 2 }));
  const policy = planQueuePolicy(provisioner, plan, bucket, options.bucketAccount);
  const notification = await planNotification(store, plan, {
    bucket,
    queueName: queue,
    prefix: options.prefix ?? '',
    suffix: options.suffix ?? '',
    restores: options.restores === true,
  });
  return { plan, steps: [...plan.steps, policy, notification] };
}

function attributeStep(missing: readonly string[], apply: () => Promise<void>): SetupStep {
  const present = Object.keys(SEARCH_ATTRIBUTES).length - missing.length;
  const there = present === 0 ? [] : [`= ${String(present)} are there`];
  if (missing.length === 0) return { what: 'search attributes', kind: 'keep', lines: there };
  return { what: 'search attributes', kind: 'create', lines: [`+ ${missing.join(', ')}`, ...there], apply };
}
