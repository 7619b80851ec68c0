import type { Client } from '@temporalio/client';
import { policyOf, type Config } from '../config.js';
import type { HashObjectInput, ObjectDescription, ObjectRef } from '../core/contracts.js';
import type { LogFacts } from '../core/log-facts.js';
import { createPinUpload } from '../ingest/pin-upload.js';
import { createFindExpected } from '../ingest/policy/find-expected.js';
import type { PolicyKeeper } from '../ingest/policy/policy-keeper.js';
import type { ThroughGate } from '../ingest/poller/poller-settings.js';
import { createRecallDigests, type RecallDigests } from '../ingest/recall-digests.js';
import { createStartUpload, type StartUpload } from '../ingest/start-upload.js';
import { findSequencer } from '../temporal/find-sequencer.js';
import { namespaceRetentionMs } from '../temporal/namespace-retention.js';
import type { ObjectInquiries } from '../storage/object-inquiries.js';
import { startHashObject, type StartedJob } from '../temporal/start-hash-object.js';

type Start = (input: HashObjectInput) => Promise<StartedJob>;

export interface StarterOptions {
  readonly config: Config;
  readonly client: Client;
  readonly log: (event: string, facts: LogFacts) => void;
  /** Changes what a job is started with: what the command line adds to what events say. */
  readonly adjust?: (input: HashObjectInput) => HashObjectInput;
  /** Looks on at each start that Temporal is asked for. */
  readonly meterStarts?: (start: Start) => Start;
  /** Hash again what has been hashed. */
  readonly again?: boolean;
  /** In the place of `startHashObject`: what makes of an input a job. */
  readonly start?: Start;
  /** In the place of `findSequencer`, which asks the server of one object at a time. */
  readonly findSequencer?: (object: ObjectRef) => Promise<string | undefined>;
  /** Default: one of its own, on the client that the configuration describes. */
  readonly inquiries?: () => Promise<ObjectInquiries>;
}

/** What starts jobs: the same for the poller, the Lambda handler, backfills and `midstate submit --event`. */
export interface Starter {
  readonly createStartUpload: (throughGate: ThroughGate) => StartUpload;
  /** Reads the policy file again; false when the old one stays, or there is none. */
  reloadPolicy(): boolean;
  /** @throws MidstateError as `ObjectStore.describe` */
  readonly describe: (object: HashObjectInput['object']) => Promise<ObjectDescription>;
  stop(): void;
}

/**
 * Puts together what starts jobs, from the configuration. S3 is only reached for what an event does not tell, so its
 * client is loaded when it is first needed.
 *
 * @throws MidstateError InvalidInput (the policy file); TemporalUnavailable
 */
export async function composeStarter(options: StarterOptions): Promise<Starter> {
  const { config, client, log, again = false, adjust = (input: HashObjectInput) => input } = options;
  const keeper = await openPolicy(config, log);
  const startJob = options.start ?? ((input: HashObjectInput) => startHashObject(client, input, again));
  const start: Start = (input) => startJob(adjust(input));
  const sequencerOf = options.findSequencer ?? ((object: ObjectRef) => findSequencer(client, object));
  const meteredStart = options.meterStarts?.(start) ?? start;
  let inquiries: Promise<ObjectInquiries> | undefined;
  const askS3 = options.inquiries ?? (() => (inquiries ??= createInquiries(config)));
  const recall = again ? undefined : await composeRecall(options, askS3);
  const findExpected = createFindExpected({
    loaded: () => keeper?.current,
    readMetadata: async (object) => await (await askS3()).readMetadata(object),
    log,
  });
  return {
    createStartUpload: (throughGate) =>
      createStartUpload({
        policy: () => keeper?.current.policy,
        defaults: { algorithms: config.algorithms, policyOf: (object) => policyOf(config, object) },
        pin: createPinUpload({
          store: askS3,
          findSequencer: (object) => throughGate(() => sequencerOf(object)),
        }),
        findExpected,
        ...(recall === undefined ? {} : { recall }),
        start: (input) => throughGate(() => meteredStart(input)),
      }),
    reloadPolicy: () => keeper?.reload() ?? false,
    describe: async (object) => await (await askS3()).describe(object),
    stop: () => {
      keeper?.stop();
    },
  };
}

/** A reader of YAML is loaded only where there is a policy. */
async function openPolicy(
  { policyFile }: Config,
  log: StarterOptions['log'],
): Promise<PolicyKeeper | undefined> {
  if (policyFile === undefined) return undefined;
  const { PolicyKeeper } = await import('../ingest/policy/policy-keeper.js');
  return new PolicyKeeper({ path: policyFile, log });
}

async function composeRecall(
  { config, client }: StarterOptions,
  askS3: () => Promise<ObjectInquiries>,
): Promise<RecallDigests | undefined> {
  if (config.remember.length === 0) return undefined;
  const memory = (await askS3()).memory(config.remember);
  return createRecallDigests(memory, await namespaceRetentionMs(client));
}

async function createInquiries({ aws }: Config): Promise<ObjectInquiries> {
  const { createObjectInquiries } = await import('../storage/object-inquiries.js');
  return createObjectInquiries(aws);
}
