import type { Client } from '@temporalio/client';
import type { S3Location } from '../core/s3-uri.js';
import { EncryptingCodec } from './payloads/encrypting-codec.js';

/** How buckets, keys and ids are called where Temporal's server reads them: in ids, search attributes, fairness keys. */
export interface ServerNames {
  bucket(bucket: string): string;
  key(location: S3Location): string;
  /** @param clear an id that begins with what it is the id of, and a colon */
  workflowId(clear: string): string;
  /** Objects whose keys begin so; where keys are hidden, all of the bucket, for a hidden key begins with nothing. */
  prefix(location: S3Location): S3Location;
}

const CLEAR: ServerNames = {
  bucket: (bucket) => bucket,
  key: ({ key }) => key,
  workflowId: (clear) => clear,
  prefix: (location) => location,
};

/** As they are; where the client's payloads are encrypted, by names that only who has the keys can tell. */
export function serverNames(client: Client): ServerNames {
  const codec = client.options.loadedDataConverter.payloadCodecs.find(
    (one) => one instanceof EncryptingCodec,
  );
  return codec === undefined ? CLEAR : hiddenNames(codec);
}

function hiddenNames(codec: EncryptingCodec): ServerNames {
  const bucket = (name: string) => codec.hide(`bucket\0${name}`);
  return {
    bucket,
    key: (location) => codec.hide(`key\0${location.bucket}\0${location.key}`),
    workflowId: (clear) => `${clear.slice(0, clear.indexOf(':'))}:${codec.hide(`id\0${clear}`)}`,
    prefix: (location) => ({ bucket: bucket(location.bucket), key: '' }),
  };
}

/** The object as search attributes name it. */
export function serverLocation(client: Client, location: S3Location): S3Location {
  const names = serverNames(client);
  return { bucket: names.bucket(location.bucket), key: names.key(location) };
}
