import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { GetQueueAttributesCommand } from '@aws-sdk/client-sqs';
import { provisionQueues } from '../../src/storage/provision-queues.js';
import { eventually } from './eventually.js';
import { messagesIn, runsOf, type JobRun } from './jobs.js';
import { RunningCommand, userEnvironment } from './midstate-cli.js';
import { connectStack, ensureBucket, type StackClients } from './stack-clients.js';
import { theStack } from './the-stack.js';

/** One line of a poller's log. */
export type LogLine = Readonly<Record<string, unknown>> & { readonly message: string };

/** A queue and a poller of its own on the shared stack; no workers: its jobs are started, and stay. */
export class PollerStage {
  private constructor(
    readonly clients: StackClients,
    readonly queueUrl: string,
    readonly dlqUrl: string,
    /** Uploads to it are announced to nobody. */
    readonly bucket: string,
    private readonly env: Readonly<Record<string, string>>,
  ) {}

  #poller: RunningCommand | undefined;

  static async open(settings: Readonly<Record<string, string>> = {}): Promise<PollerStage> {
    const clients = await connectStack(theStack().urls);
    const name = `poller-${randomUUID().slice(0, 8)}`;
    const { queueUrl, dlqUrl } = await provisionQueues(clients.sqs, name, `${name}-dlq`);
    await ensureBucket(clients.s3, name);
    const env = { MIDSTATE_QUEUE_URL: queueUrl, MIDSTATE_TASK_QUEUE_PREFIX: name, ...settings };
    return new PollerStage(clients, queueUrl, dlqUrl, name, env);
  }

  /** Variables of a user of this queue. */
  get environment(): Record<string, string | undefined> {
    return userEnvironment(this.env);
  }

  async startPoller(settings: Readonly<Record<string, string>> = {}): Promise<RunningCommand> {
    const logFile = join(theStack().scratchDir, `${this.bucket}-${randomUUID()}.log`);
    const poller = new RunningCommand(['poller'], { ...this.environment, ...settings }, logFile);
    this.#poller = poller;
    await eventually(() => poller.log().includes('"poller started"'), { what: 'a poller at work' });
    return poller;
  }

  async stopPoller(): Promise<void> {
    await this.#poller?.stop();
    this.#poller = undefined;
  }

  /** Lines of the newest poller's log with this message. */
  logged(message: string | RegExp): LogLine[] {
    const lines = (this.#poller?.log() ?? '').split('\n').flatMap((line): LogLine[] => {
      return line.startsWith('{') ? [JSON.parse(line) as LogLine] : [];
    });
    return lines.filter((line) => line.message.match(message) !== null);
  }

  /** The line that has this message for the `nth` time. */
  async untilLogged(message: string | RegExp, nth = 1): Promise<LogLine> {
    return eventually(() => this.logged(message)[nth - 1], { what: `the log line ${String(message)}` });
  }

  /** Messages waiting and in hand. */
  async count(queueUrl = this.queueUrl): Promise<number> {
    return messagesIn(this.clients.sqs, queueUrl);
  }

  async untilEmpty(queueUrl = this.queueUrl): Promise<void> {
    await eventually(async () => (await this.count(queueUrl)) === 0, { what: 'an empty queue' });
  }

  /** Messages that are in somebody's hand. */
  async hidden(): Promise<number> {
    const { Attributes } = await this.clients.sqs.send(
      new GetQueueAttributesCommand({
        QueueUrl: this.queueUrl,
        AttributeNames: ['ApproximateNumberOfMessagesNotVisible'],
      }),
    );
    return Number(Attributes?.ApproximateNumberOfMessagesNotVisible ?? 0);
  }

  async runsOf(key: string): Promise<JobRun[]> {
    return runsOf(this.clients.temporal, { bucket: this.bucket, key });
  }

  async untilStarted(key: string, count = 1): Promise<JobRun[]> {
    return eventually(
      async () => {
        const runs = await this.runsOf(key);
        return runs.length >= count && runs;
      },
      { what: `${String(count)} jobs of ${key}` },
    );
  }

  async close(): Promise<void> {
    await this.stopPoller();
    await this.clients.close();
  }
}
