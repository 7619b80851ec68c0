import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PutObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import { DeleteMessageBatchCommand, ReceiveMessageCommand, type SQSClient } from '@aws-sdk/client-sqs';
import { SEARCH_ATTRIBUTES } from '../../src/core/search-attributes.js';
import { localS3Client, localSqsClient } from '../../src/local/aws-clients.js';
import { localCacheDir } from '../../src/local/local-environment.js';
import { startLocalStack } from '../../src/local/local-stack.js';
import type { LocalStack, LocalStackOptions } from '../../src/local/stack-options.js';

/** The first start on a machine may have to build the servers. */
export const FIRST_START_MS = 20 * 60_000;

const PATIENCE_MS = 30_000;

export interface S3Record {
  readonly eventName: string;
  readonly s3: {
    readonly object: {
      readonly key: string;
      readonly size: number;
      readonly eTag: string;
      readonly versionId?: string;
      readonly sequencer: string;
    };
  };
}

export const optionsFor = (
  dataDir: string,
  report: (line: string) => void = () => undefined,
): LocalStackOptions => ({
  dataDir,
  cacheDir: localCacheDir(process.env),
  env: process.env,
  ports: 'free',
  searchAttributes: SEARCH_ATTRIBUTES,
  report,
});

/** A stack in a temporary folder, with clients; starting it again keeps the folder. */
export class StackHarness {
  readonly reported: string[] = [];
  stack!: LocalStack;
  s3!: S3Client;
  sqs!: SQSClient;

  private constructor(readonly dataDir: string) {}

  static async create(changes: Partial<LocalStackOptions> = {}): Promise<StackHarness> {
    const harness = new StackHarness(await mkdtemp(join(tmpdir(), 'midstate-stack-')));
    await harness.start(changes);
    return harness;
  }

  async start(changes: Partial<LocalStackOptions> = {}): Promise<void> {
    const options = optionsFor(this.dataDir, (line) => this.reported.push(line));
    this.stack = await startLocalStack({ ...options, ...changes });
    this.s3 = localS3Client(this.stack.urls.s3);
    this.sqs = localSqsClient(this.stack.urls.sqs);
  }

  async dispose(): Promise<void> {
    await this.stack.stop();
    await rm(this.dataDir, { recursive: true, force: true });
  }

  async put(key: string, body = 'hello'): Promise<void> {
    await this.s3.send(new PutObjectCommand({ Bucket: 'midstate', Key: key, Body: body }));
  }

  /** Takes messages off the queue until `wanted` events have come, then as long as more come at once. */
  async takeEvents(wanted: number): Promise<S3Record[]> {
    const records: S3Record[] = [];
    const deadline = Date.now() + PATIENCE_MS;
    const QueueUrl = this.stack.urls.queueUrl;
    for (;;) {
      const WaitTimeSeconds = records.length < wanted ? 1 : 0;
      const { Messages = [] } = await this.sqs.send(
        new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10, WaitTimeSeconds }),
      );
      if (Messages.length > 0) {
        const Entries = Messages.map(({ ReceiptHandle }, n) => ({ Id: String(n), ReceiptHandle }));
        await this.sqs.send(new DeleteMessageBatchCommand({ QueueUrl, Entries }));
      }
      for (const { Body = '' } of Messages)
        records.push(...(JSON.parse(Body) as { Records: S3Record[] }).Records);
      if (Messages.length === 0 && (records.length >= wanted || Date.now() > deadline)) return records;
    }
  }
}

/** Keys as S3's documentation says to decode them, in order. */
export function decodedKeys(records: readonly S3Record[]): string[] {
  return records.map((record) => decodeURIComponent(record.s3.object.key.replaceAll('+', ' '))).sort();
}
