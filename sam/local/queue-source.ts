import {
  DeleteMessageCommand,
  ReceiveMessageCommand,
  type Message,
  type SQSClient,
} from '@aws-sdk/client-sqs';
import type { SQSBatchResponse, SQSEvent } from 'aws-lambda';
import type { InvocationReport } from './execution-environment.js';
import { queueEvent } from './queue-event.js';

export interface QueueSourceOptions {
  readonly sqs: SQSClient;
  readonly queueUrl: string;
  readonly queueArn: string;
  readonly batchSize: number;
  readonly invoke: (event: SQSEvent) => Promise<InvocationReport>;
  readonly onReport: (report: InvocationReport) => void;
  readonly onError: (error: unknown) => void;
}

const WAIT_SECONDS = 5;
const PAUSE_AFTER_ERROR_MS = 1_000;

/** Lambda's event source mapping of a queue: invokes with a batch, and deletes what was not reported as failed. */
export class QueueSource {
  readonly #stop = new AbortController();
  #loop: Promise<void> = Promise.resolve();

  constructor(private readonly options: QueueSourceOptions) {}

  start(): void {
    this.#loop = this.#run();
  }

  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#loop;
  }

  async #run(): Promise<void> {
    const isStopped = () => this.#stop.signal.aborted;
    while (!isStopped()) {
      try {
        await this.#once();
      } catch (error) {
        if (isStopped()) return;
        this.options.onError(error);
        await new Promise((resolve) => setTimeout(resolve, PAUSE_AFTER_ERROR_MS));
      }
    }
  }

  async #once(): Promise<void> {
    const { sqs, queueUrl, queueArn, batchSize, invoke, onReport } = this.options;
    const { Messages = [] } = await sqs.send(
      new ReceiveMessageCommand({
        QueueUrl: queueUrl,
        MaxNumberOfMessages: batchSize,
        WaitTimeSeconds: WAIT_SECONDS,
        MessageSystemAttributeNames: ['All'],
      }),
      { abortSignal: this.#stop.signal },
    );
    if (Messages.length === 0) return;
    const report = await invoke({ Records: Messages.map((message) => recordOf(message, queueArn)) });
    onReport(report);
    if (report.outcome !== 'ok') return; // all of them come again
    const { batchItemFailures } = JSON.parse(report.payload ?? '{}') as Partial<SQSBatchResponse>;
    const failed = new Set((batchItemFailures ?? []).map(({ itemIdentifier }) => itemIdentifier));
    for (const { MessageId = '', ReceiptHandle } of Messages)
      if (!failed.has(MessageId))
        await sqs.send(new DeleteMessageCommand({ QueueUrl: queueUrl, ReceiptHandle }));
  }
}

/** A message as Lambda hands it to a function. */
function recordOf(message: Message, queueArn: string): SQSEvent['Records'][number] {
  const { MessageId = '', ReceiptHandle = '', Body = '', Attributes = {} } = message;
  const [record] = queueEvent([Body], queueArn).Records;
  if (record === undefined) throw new Error('one body makes one record');
  const attributes = { ...record.attributes, ...Attributes };
  return { ...record, messageId: MessageId, receiptHandle: ReceiptHandle, attributes };
}
