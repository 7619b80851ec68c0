import { MidstateError } from '../core/failures.js';
import { MAX_RECEIVE_COUNT } from '../storage/provision-queues.js';
import type { QueueProvisioner, QueueState } from '../storage/queue-provisioner.js';
import { bucketStatement, countOthers, withStatement } from './queue-policy.js';
import type { SetupStep } from './setup-step.js';

/** A message that was given up is kept as long as SQS keeps any. */
const DLQ_RETENTION_SECONDS = 14 * 86_400;

export interface QueuePlan {
  readonly steps: readonly SetupStep[];
  /** What is known now, and after the steps were applied. */
  queue: QueueState | undefined;
  dlq: QueueState | undefined;
}

/** Plans a queue with its dead-letter queue; one that is there keeps what its owner has set. */
export async function planQueues(
  provisioner: QueueProvisioner,
  name: string,
  givenDlq: string | undefined,
): Promise<QueuePlan> {
  const isFifo = name.endsWith('.fifo');
  const queue = await provisioner.inspect(name);
  const presentDlq = dlqNameOf(queue);
  const dlqName = givenDlq ?? presentDlq ?? defaultDlqName(name);
  if (dlqName.endsWith('.fifo') !== isFifo) {
    throw new MidstateError('InvalidInput', 'setup: the dead-letter queue of a FIFO queue is a FIFO queue', {
      facts: { queue: name, dlq: dlqName },
    });
  }
  const dlq = await provisioner.inspect(dlqName);
  const fifo: Record<string, string> = isFifo ? { FifoQueue: 'true' } : {};
  const plan: { steps: SetupStep[]; queue: QueueState | undefined; dlq: QueueState | undefined } = {
    steps: [],
    queue,
    dlq,
  };
  plan.steps.push(
    dlq === undefined
      ? {
          what: `dead-letter queue ${dlqName}`,
          kind: 'create',
          lines: ['+ create it; messages are kept for 14 days'],
          apply: async () => {
            const attributes = { ...fifo, MessageRetentionPeriod: String(DLQ_RETENTION_SECONDS) };
            plan.dlq = await provisioner.create(dlqName, attributes);
          },
        }
      : keep(`dead-letter queue ${dlqName}`, dlq.url),
    queue === undefined
      ? {
          what: `queue ${name}`,
          kind: 'create',
          lines: ['+ create it', `+ after ${String(MAX_RECEIVE_COUNT)} deliveries to ${dlqName}`],
          apply: async () => {
            plan.queue = await provisioner.create(name, { ...fifo, ...redriveTo(plan.dlq) });
          },
        }
      : planRedrive(provisioner, plan, queue, { name, dlqName, presentDlq }),
  );
  return plan;
}

function planRedrive(
  provisioner: QueueProvisioner,
  plan: QueuePlan,
  queue: QueueState,
  { name, dlqName, presentDlq }: { name: string; dlqName: string; presentDlq: string | undefined },
): SetupStep {
  const what = `queue ${name}`;
  if (presentDlq === dlqName) {
    const policy = `= ${queue.attributes['RedrivePolicy'] ?? ''}`;
    return { what, kind: 'keep', lines: [`= ${queue.url}`, policy] };
  }
  if (presentDlq !== undefined) {
    const rival = `! it has another dead-letter queue: ${presentDlq}; leave --dlq out to use that`;
    return { what, kind: 'conflict', lines: [`= ${queue.url}`, rival] };
  }
  return {
    what,
    kind: 'change',
    lines: [`= ${queue.url}`, `+ after ${String(MAX_RECEIVE_COUNT)} deliveries to ${dlqName}`],
    apply: async () => {
      await provisioner.change(queue.url, redriveTo(plan.dlq));
    },
  };
}

/** Lets the bucket's notifications into the queue. */
export function planQueuePolicy(
  provisioner: QueueProvisioner,
  plan: QueuePlan,
  bucket: string,
  givenAccount: string | undefined,
): SetupStep {
  const what = 'queue policy';
  const accountOf = (arn: string) => givenAccount ?? arn.split(':')[4] ?? '';
  const grant = (account: string) =>
    `+ s3.amazonaws.com may send messages, only for arn:aws:s3:::${bucket} of account ${account}`;
  const { queue } = plan;
  if (queue === undefined) {
    return {
      what,
      kind: 'create',
      lines: [grant(givenAccount ?? '(the queue’s)')],
      apply: async () => {
        await applyPolicy(provisioner, plan.queue, (arn) =>
          bucketStatement({ queueArn: arn, bucket, account: accountOf(arn) }),
        );
      },
    };
  }
  const statement = bucketStatement({ queueArn: queue.arn, bucket, account: accountOf(queue.arn) });
  const policy = queue.attributes['Policy'];
  const others = countOthers(policy, statement);
  const kept = others === 0 ? [] : [`= ${String(others)} statements of others`];
  if (withStatement(policy, statement) === undefined) {
    return { what, kind: 'keep', lines: [`= statement ${statement.Sid ?? ''}`, ...kept] };
  }
  return {
    what,
    kind: 'change',
    lines: [grant(accountOf(queue.arn)), ...kept],
    apply: () => applyPolicy(provisioner, plan.queue, () => statement),
  };
}

/** Reads the policy once more: what others added since the plan was shown stays. */
async function applyPolicy(
  provisioner: QueueProvisioner,
  queue: QueueState | undefined,
  statementFor: (arn: string) => ReturnType<typeof bucketStatement>,
): Promise<void> {
  const name = queue?.arn.split(':').at(-1) ?? '';
  const fresh = await provisioner.inspect(name);
  if (fresh === undefined) throw new Error(`setup: the queue ${name} is not there`);
  const merged = withStatement(fresh.attributes['Policy'], statementFor(fresh.arn));
  if (merged !== undefined) await provisioner.change(fresh.url, { Policy: JSON.stringify(merged) });
}

function keep(what: string, url: string): SetupStep {
  return { what, kind: 'keep', lines: [`= ${url}`] };
}

function redriveTo(dlq: QueueState | undefined): Record<string, string> {
  const policy = { deadLetterTargetArn: dlq?.arn ?? '', maxReceiveCount: String(MAX_RECEIVE_COUNT) };
  return { RedrivePolicy: JSON.stringify(policy) };
}

function dlqNameOf(queue: QueueState | undefined): string | undefined {
  const policy = queue?.attributes['RedrivePolicy'];
  if (policy === undefined || policy === '') return undefined;
  const { deadLetterTargetArn } = JSON.parse(policy) as { deadLetterTargetArn?: string };
  return deadLetterTargetArn?.split(':').at(-1);
}

function defaultDlqName(name: string): string {
  return name.endsWith('.fifo') ? `${name.slice(0, -'.fifo'.length)}-dlq.fifo` : `${name}-dlq`;
}
