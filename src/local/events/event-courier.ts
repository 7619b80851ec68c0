import { SendMessageCommand, type SQSClient } from '@aws-sdk/client-sqs';
import { s3EventMessage, type Upload } from './s3-event.js';
import { uploadId, type SentLedger } from './sent-ledger.js';

export interface CourierOptions {
  readonly sqs: SQSClient;
  readonly queueUrl: string;
  readonly region: string;
  readonly ledger: SentLedger;
}

/** Sends one event per upload, however many tell of it and however often: at least once, and twice only after a crash. */
export class EventCourier {
  readonly #onTheWay = new Map<string, Promise<void>>();

  constructor(private readonly options: CourierOptions) {}

  /**
   * Resolves once the queue has the event; at once if it has had it before.
   * @returns true when this call sent it
   */
  async deliver(upload: Upload): Promise<boolean> {
    const id = uploadId(upload);
    if (this.options.ledger.has(id)) return false;
    const already = this.#onTheWay.get(id);
    if (already !== undefined) {
      await already;
      return false;
    }
    const sending = this.#send(id, upload).finally(() => this.#onTheWay.delete(id));
    this.#onTheWay.set(id, sending);
    await sending;
    return true;
  }

  async #send(id: string, upload: Upload): Promise<void> {
    const { sqs, queueUrl, region, ledger } = this.options;
    const body = JSON.stringify(s3EventMessage(upload, region));
    await sqs.send(new SendMessageCommand({ QueueUrl: queueUrl, MessageBody: body }));
    ledger.add(id);
  }
}
