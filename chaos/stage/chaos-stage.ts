import { mkdirSync } from 'node:fs';
import { SetQueueAttributesCommand } from '@aws-sdk/client-sqs';
import { S3Client } from '@aws-sdk/client-s3';
import { Client, Connection } from '@temporalio/client';
import { SEARCH_ATTRIBUTES } from '../../src/core/search-attributes.js';
import { LOCAL_CREDENTIALS, LOCAL_REGION, localSqsClient } from '../../src/local/aws-clients.js';
import type { LocalEnvironment, Report } from '../../src/local/local-environment.js';
import { startLocalStack } from '../../src/local/local-stack.js';
import { LOOPBACK } from '../../src/local/ports.js';
import type { Confinement } from '../../src/local/process/confinement.js';
import type { LocalStack } from '../../src/local/stack-options.js';
import type { MachineFault } from '../faults.js';
import { AnswerProxy } from './answer-proxy.js';
import { BadNetwork } from './bad-network.js';
import { freePort } from './free-port.js';
import {
  giveTemporalASmallDisk,
  makeConfinement,
  makeOwnClock,
  type OwnClock,
  type SmallDisk,
} from './machine-means.js';
import { Processes } from './processes.js';

/** Everything a run works on: `stop` ends it. */
export interface ChaosStage {
  readonly stack: LocalStack;
  readonly bucket: string;
  readonly s3: S3Client;
  readonly temporal: Client;
  readonly processes: Processes;
  /** workers ─▶ network ─▶ answers ─▶ S3 */
  readonly answers: AnswerProxy;
  readonly s3Network: BadNetwork;
  readonly temporalNetwork: BadNetwork;
  readonly confinement: Confinement | undefined;
  readonly disk: SmallDisk | undefined;
  readonly clock: OwnClock | undefined;
  /** Faults that cannot be had on this machine, and why. */
  readonly missing: ReadonlyMap<MachineFault, string>;
  stop(): Promise<void>;
}

/** Messages that a killed poller held come back so soon. */
const VISIBILITY_TIMEOUT_SECONDS = '10';

/** Uploads whose event was lost with the S3 server are found so soon. */
const SWEEP_INTERVAL_MS = 10_000;

export async function openStage(
  environment: LocalEnvironment,
  folder: string,
  bytesPerSecond: number,
  report: Report,
): Promise<ChaosStage> {
  mkdirSync(folder, { recursive: true });
  const closers: (() => Promise<void> | void)[] = [];
  const stop = async () => {
    for (const close of closers.reverse()) await close();
  };
  try {
    return { ...(await open(environment, folder, bytesPerSecond, report, closers)), stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

type Closers = (() => Promise<void> | void)[];

async function open(
  environment: LocalEnvironment,
  folder: string,
  bytesPerSecond: number,
  report: Report,
  closers: Closers,
): Promise<Omit<ChaosStage, 'stop'>> {
  const missing = new Map<MachineFault, string>();
  const disk = present(giveTemporalASmallDisk(folder), ['disk-full'], missing);
  if (disk !== undefined)
    closers.push(() => {
      disk.unmount();
    });
  const clock = present(makeOwnClock(folder), ['clock-jump'], missing);
  const confinement = present(await makeConfinement(256), ['memory-high', 'out-of-memory'], missing);
  if (confinement !== undefined) closers.push(() => confinement.remove());
  const stack = await startLocalStack({
    ...environment,
    dataDir: folder,
    ports: 'free',
    searchAttributes: SEARCH_ATTRIBUTES,
    sweepIntervalMs: SWEEP_INTERVAL_MS,
    report: () => undefined, // servers die because they are killed
  });
  closers.push(() => stack.stop());
  await shortenVisibilityTimeout(stack);
  const networks = await openNetworks(stack, bytesPerSecond, closers);
  const { s3, temporal } = await connect(stack, closers);
  const processes = new Processes({
    env: {
      ...environment.env,
      ...stack.env,
      AWS_ENDPOINT_URL_S3: `http://${networks.s3Network.address}`,
      TEMPORAL_ADDRESS: networks.temporalNetwork.address,
      MIDSTATE_IDLE_TIMEOUT_SECONDS: '3',
    },
    folder,
    clockEnv: clock?.env ?? {},
    confinement,
    report,
  });
  closers.push(() => processes.stop());
  const bucket = stack.env['MIDSTATE_BUCKET'] ?? '';
  return { stack, bucket, s3, temporal, processes, ...networks, confinement, disk, clock, missing };
}

/** Notes why where it is not there. */
function present<T extends object>(
  found: T | { readonly reason: string },
  faults: readonly MachineFault[],
  missing: Map<MachineFault, string>,
): T | undefined {
  if (!('reason' in found)) return found;
  for (const fault of faults) missing.set(fault, found.reason);
  return undefined;
}

async function shortenVisibilityTimeout({ urls }: LocalStack): Promise<void> {
  const sqs = localSqsClient(urls.sqs);
  await sqs.send(
    new SetQueueAttributesCommand({
      QueueUrl: urls.queueUrl,
      Attributes: { VisibilityTimeout: VISIBILITY_TIMEOUT_SECONDS },
    }),
  );
  sqs.destroy();
}

async function openNetworks({ urls }: LocalStack, bytesPerSecond: number, closers: Closers) {
  const port = await freePort();
  const answers = await AnswerProxy.open(urls.s3, port);
  closers.push(() => answers.close());
  const s3Network = await BadNetwork.open(`${LOOPBACK}:${String(port)}`, bytesPerSecond);
  closers.push(() => s3Network.close());
  const temporalNetwork = await BadNetwork.open(urls.temporalAddress);
  closers.push(() => temporalNetwork.close());
  return { answers, s3Network, temporalNetwork };
}

/** Clients of the suite itself, past the faults. A PUT whose answer is lost must not be sent again unasked. */
async function connect({ urls }: LocalStack, closers: Closers): Promise<{ s3: S3Client; temporal: Client }> {
  const connection = await Connection.connect({ address: urls.temporalAddress });
  const s3 = new S3Client({
    region: LOCAL_REGION,
    credentials: LOCAL_CREDENTIALS,
    endpoint: urls.s3,
    forcePathStyle: true,
    maxAttempts: 1,
    requestHandler: { connectionTimeout: 2_000, socketTimeout: 20_000 },
  });
  closers.push(() => {
    s3.destroy();
  });
  closers.push(() => connection.close());
  return { s3, temporal: new Client({ connection }) };
}
