import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { join } from 'node:path';
import type { S3Client } from '@aws-sdk/client-s3';
import type { SQSClient } from '@aws-sdk/client-sqs';
import { LOCAL_REGION } from './aws-clients.js';
import { EventCourier } from './events/event-courier.js';
import { EventSource, type EventFilter } from './events/event-source.js';
import { SentLedger } from './events/sent-ledger.js';
import { SweepSchedule } from './events/sweep-schedule.js';
import { parseWebhook, type UploadNotice } from './events/webhook-notice.js';
import type { Report } from './local-environment.js';
import { LOOPBACK } from './ports.js';

export interface EventBridgeOptions {
  readonly s3: S3Client;
  readonly sqs: SQSClient;
  readonly bucket: string;
  readonly queueUrl: string;
  readonly port: number;
  /** Default: loopback only. */
  readonly host?: string;
  readonly filter?: EventFilter;
  /** Folder that keeps which events were sent. */
  readonly dataDir: string;
  /** Default: a minute. */
  readonly sweepIntervalMs?: number;
  readonly report: Report;
}

const MAX_BODY_BYTES = 1_000_000;

/**
 * What real S3 does by itself: for every upload to the bucket, the message that S3 would send goes to the queue, at
 * least once. versitygw posts each upload once and never again, so a bridge that was down, or a queue that was, is
 * made good by a sweep of the bucket: at start, every minute, and soon after a failure or a post that fits no upload.
 */
export class EventBridge {
  readonly #source: EventSource;
  readonly #sweeps: SweepSchedule;
  readonly #ledger: SentLedger;
  readonly #handling = new Set<Promise<void>>();
  #server: Server | undefined;

  constructor(private readonly options: EventBridgeOptions) {
    const { s3, sqs, bucket, queueUrl, filter = {}, report, sweepIntervalMs = 60_000 } = options;
    this.#ledger = new SentLedger(join(options.dataDir, 'events-sent.log'));
    const courier = new EventCourier({ sqs, queueUrl, region: LOCAL_REGION, ledger: this.#ledger });
    this.#source = new EventSource({ s3, bucket, filter, courier, ledger: this.#ledger });
    this.#sweeps = new SweepSchedule((signal) => this.#source.sweep(signal), sweepIntervalMs, report);
  }

  /** Takes webhook posts from now on; S3 and SQS may come later, for what fails till then is swept up. */
  async listen(): Promise<void> {
    const server = createServer((request, response) => {
      this.#track(this.#answer(request, response));
    });
    server.listen(this.options.port, this.options.host ?? LOOPBACK);
    await once(server, 'listening');
    this.#server = server;
  }

  /** Sweeps at once and then every minute; call it when bucket and queue are there. */
  startSweeps(): void {
    this.#sweeps.open();
  }

  /** No sweep runs from here on; what one had begun is given up. */
  async stopSweeps(): Promise<void> {
    await this.#sweeps.close();
  }

  /** Sends what was not sent yet; resolves with how many events that were. */
  async sweepNow(): Promise<number> {
    return this.#sweeps.sweepNow();
  }

  /** Ends after the posts that it has taken are dealt with; `listen` and `startSweeps` may follow. */
  async stop(): Promise<void> {
    const server = this.#server;
    this.#server = undefined;
    await this.stopSweeps();
    if (server !== undefined) {
      const closed = once(server, 'close');
      server.close();
      server.closeIdleConnections();
      await Promise.all(this.#handling);
      server.closeAllConnections();
      await closed;
    }
  }

  /** Gives back the file that keeps what was sent; nothing may follow. */
  async dispose(): Promise<void> {
    await this.stop();
    this.#ledger.close();
  }

  #track(work: Promise<void>): void {
    const tracked = work.finally(() => this.#handling.delete(tracked));
    this.#handling.add(tracked);
  }

  /** 200 means that the queue has the events, or that there were none to send; versitygw itself heeds no answer. */
  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    let status = 200;
    try {
      const notices = parseWebhook(await readBody(request));
      await Promise.all(
        notices.filter((n) => this.#source.concerns(n)).map((notice) => this.#announce(notice)),
      );
    } catch (error) {
      status = error instanceof SyntaxError ? 400 : 503;
      if (status === 400)
        this.options.report(`event bridge: a webhook post was not understood: ${String(error)}`);
      else this.#sweeps.request();
    }
    // An empty body, or versitygw, which never reads it, keeps a connection for each event.
    response.writeHead(status, { 'content-length': '0' }).end();
  }

  async #announce(notice: UploadNotice): Promise<void> {
    if (notice.key === '' || notice.etag === undefined) await this.#sweeps.sweepNow();
    else if (!(await this.#source.announce(notice))) this.#sweeps.request();
  }
}

async function readBody(request: IncomingMessage): Promise<string> {
  const pieces: Buffer[] = [];
  let sizeBytes = 0;
  for await (const piece of request as AsyncIterable<Buffer>) {
    sizeBytes += piece.length;
    if (sizeBytes > MAX_BODY_BYTES) throw new SyntaxError(`over ${String(MAX_BODY_BYTES)} bytes`);
    pieces.push(piece);
  }
  return Buffer.concat(pieces).toString('utf8');
}
