import { createHash, randomBytes } from 'node:crypto';
import {
  BucketAlreadyOwnedByYou,
  CreateBucketCommand,
  HeadObjectCommand,
  PutObjectCommand,
  type PutObjectCommandInput,
  type S3Client,
} from '@aws-sdk/client-s3';
import type { SQSClient } from '@aws-sdk/client-sqs';
import { Client, Connection } from '@temporalio/client';
import type { ObjectRef } from '../../src/core/contracts.js';
import { localS3Client, localSqsClient } from '../../src/local/aws-clients.js';
import type { LocalUrls } from '../../src/local/stack-options.js';

/** Clients of one stack, for the arranging and asserting sides of a test. */
export interface StackClients {
  readonly s3: S3Client;
  readonly sqs: SQSClient;
  readonly temporal: Client;
  close(): Promise<void>;
}

export async function connectStack(urls: LocalUrls): Promise<StackClients> {
  const connection = await Connection.connect({ address: urls.temporalAddress });
  const [s3, sqs] = [localS3Client(urls.s3), localSqsClient(urls.sqs)];
  return {
    s3,
    sqs,
    temporal: new Client({ connection }),
    close: async () => {
      s3.destroy();
      sqs.destroy();
      await connection.close();
    },
  };
}

/** Creates the bucket unless it is there. */
export async function ensureBucket(s3: S3Client, bucket: string): Promise<void> {
  try {
    await s3.send(new CreateBucketCommand({ Bucket: bucket }));
  } catch (error) {
    if (!(error instanceof BucketAlreadyOwnedByYou)) throw error;
  }
}

/** Uploads in one PUT; returns the version as S3 has it. */
export async function putObject(
  s3: S3Client,
  bucket: string,
  key: string,
  body: Buffer | string,
  options: Partial<PutObjectCommandInput> = {},
): Promise<ObjectRef> {
  const Body = Buffer.from(body);
  const put = await s3.send(new PutObjectCommand({ Bucket: bucket, Key: key, Body, ...options }));
  const versionId = put.VersionId === undefined ? {} : { versionId: put.VersionId };
  const etag = (put.ETag ?? '').replaceAll('"', '');
  return { bucket, key, ...versionId, etag, sizeBytes: Body.length };
}

/** The ETag that the key has now; undefined when it is not there. */
export async function currentEtag(s3: S3Client, bucket: string, key: string): Promise<string | undefined> {
  const head = await s3.send(new HeadObjectCommand({ Bucket: bucket, Key: key })).catch(() => undefined);
  return head?.ETag?.replaceAll('"', '');
}

/** Bytes that no other test has. */
export function freshBytes(sizeBytes: number): Buffer {
  return randomBytes(sizeBytes);
}

/** The digest as OpenSSL computes it: the tests' independent witness. */
export function opensslDigest(
  algorithm: 'md5' | 'sha1' | 'sha256' | 'sha512',
  body: Buffer | string,
): string {
  return createHash(algorithm).update(body).digest('hex');
}
