import type { HashObjectInput } from '../core/contracts.js';
import type { DigestMemory, ObjectStore, Remembered } from '../core/ports.js';
import { createS3Client, type AwsSettings } from './aws-clients.js';
import { createS3DigestMemory } from './s3-digest-memory.js';
import { readObjectMetadata } from './s3-object-metadata.js';
import { createS3ObjectStore } from './s3-object-store.js';

/** What may be asked about an object before its job is started. */
export interface ObjectInquiries extends Pick<ObjectStore, 'describe'> {
  readMetadata(object: HashObjectInput['object']): Promise<Record<string, string>>;
  memory(places: readonly Remembered['where'][]): DigestMemory;
}

/** Sockets for these questions; more of them wait for their turn. */
const CONNECTIONS = 20;

const IDLE_TIMEOUT_MS = 30_000;

/** `ObjectInquiries` on S3. Needs s3:GetObject (and for versions), s3:GetObjectTagging where tags are read. */
export function createObjectInquiries(
  aws: Pick<AwsSettings, 'region' | 'pathStyle' | 'proxies'>,
): ObjectInquiries {
  const client = createS3Client({ ...aws, idleTimeoutMs: IDLE_TIMEOUT_MS, connections: CONNECTIONS });
  return {
    describe: (object) => createS3ObjectStore(client).describe(object),
    readMetadata: (object) => readObjectMetadata(client, object),
    memory: (places) => createS3DigestMemory(client, places),
  };
}
