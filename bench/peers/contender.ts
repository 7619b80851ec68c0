import { join } from 'node:path';
import type { Algorithm } from '../../src/core/algorithms.js';
import { LOCAL_CREDENTIALS, LOCAL_REGION } from '../../src/local/aws-clients.js';
import type { Command } from '../measure/measure-command.js';
import type { BenchObject } from '../stage/bench-object.js';
import type { Endpoint } from '../stage/s3-servers.js';

/** Bytes of one ranged GET, for every contender that reads in ranges of its caller's choice. */
export const RANGE_BYTES = 20_000_000;

/** What is to be done: one object hashed over one connection kind. */
export interface HashTask {
  readonly endpoint: Endpoint;
  readonly object: BenchObject;
  /** More than one only for contenders that say so. */
  readonly algorithms: readonly Algorithm[];
  readonly rangeBytes?: number;
}

/** One way to hash an object. */
export interface Contender {
  readonly id: ContenderId;
  /** For tables: what runs. */
  readonly title: string;
  /** What it can compute. */
  readonly algorithms: readonly Algorithm[];
  command(task: HashTask): Command;
  /** What it found out, from what it printed: digests in the order asked for, or for `curl` the bytes it was given. */
  resultOf(stdout: string): readonly string[];
  /** CPU time of the work alone, where the contender takes it itself. */
  readonly ownCpuSeconds?: (stdout: string) => number;
}

export const CONTENDER_IDS = [
  'engine-native',
  'engine-portable',
  'python',
  'aws-cli',
  'rclone',
  'aws-sdk',
  'curl',
  'hash-native',
  'hash-node',
] as const;

export type ContenderId = (typeof CONTENDER_IDS)[number];

/** A contender, or a word on why it cannot run here. */
export type Peer = Contender | { readonly id: ContenderId; readonly title: string; readonly reason: string };

/** Where S3 clients find the server: the standard variables, and the authority under each client's own name for it. */
export function clientEnvironment(
  base: Command['env'],
  { url, authority }: Endpoint,
): Record<string, string | undefined> {
  const nowhere = join('/', 'nonexistent');
  return {
    PATH: base['PATH'],
    HOME: base['HOME'],
    LANG: base['LANG'],
    TMPDIR: base['TMPDIR'],
    AWS_ENDPOINT_URL_S3: url,
    AWS_ACCESS_KEY_ID: LOCAL_CREDENTIALS.accessKeyId,
    AWS_SECRET_ACCESS_KEY: LOCAL_CREDENTIALS.secretAccessKey,
    AWS_REGION: LOCAL_REGION,
    AWS_DEFAULT_REGION: LOCAL_REGION,
    // The user's own settings must not change what is measured.
    AWS_CONFIG_FILE: nowhere,
    AWS_SHARED_CREDENTIALS_FILE: nowhere,
    AWS_EC2_METADATA_DISABLED: 'true',
    AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true',
    ...(authority === undefined ? {} : { NODE_EXTRA_CA_CERTS: authority, AWS_CA_BUNDLE: authority }),
  };
}

/** The first word of each line: what `sha1sum` and its like print. */
export function firstWords(stdout: string): string[] {
  return stdout
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => line.split(/\s/)[0] ?? '');
}

/** Those that can run. */
export function contendersOf(peers: readonly Peer[]): Contender[] {
  return peers.filter((peer): peer is Contender => !('reason' in peer));
}

/** True for the contenders that hash from memory and read nothing; they time the hash themselves. */
export function isHashAlone({ id }: { readonly id: ContenderId }): boolean {
  return id === 'hash-native' || id === 'hash-node';
}
