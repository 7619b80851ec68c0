import type { Client } from '@temporalio/client';
import { loadConfig, policyOf } from '../config.js';
import type { HashObjectInput, HashObjectResult } from '../core/contracts.js';
import { formatS3Uri, parseS3Uri } from '../core/s3-uri.js';
import type { UploadEvent } from '../ingest/events/message-contents.js';
import { createPinUpload } from '../ingest/pin-upload.js';
import { createObjectInquiries } from '../storage/object-inquiries.js';
import { openClient } from '../starter/open-client.js';
import { findSequencer } from '../temporal/find-sequencer.js';
import { jobResult } from '../temporal/job-result.js';
import { startHashObject, type StartedJob } from '../temporal/start-hash-object.js';
import { adjustInput } from './adjust-input.js';
import { printJson, printLine } from './output.js';
import { reportJob, temporalOf } from './report-job.js';
import { startAndReport } from './start-and-report.js';
import type { SubmitOptions } from './submit-command.js';

/**
 * Starts the jobs of objects that are named, whatever a policy says of them.
 * @throws as `startAndReport`
 */
export async function submitObjects(uris: readonly string[], options: SubmitOptions): Promise<void> {
  const wanted = Object.keys(options.expect ?? {}).join(',');
  const config = loadConfig({
    algorithms: options.algorithms ?? (wanted === '' ? undefined : wanted),
    publish: options.publish,
    parallelRanges: options.parallelRanges,
  });
  const versionId = options.versionId === undefined ? {} : { versionId: options.versionId };
  const uploads = uris.map((uri): UploadEvent => ({
    object: { ...parseS3Uri(uri), ...versionId },
    source: { kind: 'submit' },
  }));
  if (options.dryRun === true) {
    reportDryRun(uploads, options);
    return;
  }
  const client = await openClient();
  const store = createObjectInquiries(config.aws);
  const pin = createPinUpload({
    store: () => Promise.resolve(store),
    findSequencer: (object) => findSequencer(client, object),
  });
  const temporal = temporalOf(client, config);
  const { algorithms } = config;
  try {
    await startAndReport(uploads, options, async (upload) => {
      const pinned = await pin(upload, true);
      const policy = policyOf(config, pinned.object);
      const input = adjustInput({ ...pinned, algorithms, policy }, options);
      const job = await startOrFind(client, input, options.again === true);
      return () => reportJob(temporal, input.object, job, options);
    });
  } finally {
    await client.connection.close();
  }
}

function reportDryRun(uploads: readonly UploadEvent[], { json }: SubmitOptions): void {
  if (json === true) printJson({ objects: uploads.map(({ object }) => object), ignored: [] });
  else for (const { object } of uploads) printLine(`would start  ${formatS3Uri(object)}`);
}

/** Starts the job; where the version was hashed before, but not as thoroughly as is asked for now, starts it again. */
async function startOrFind(client: Client, input: HashObjectInput, again: boolean): Promise<StartedJob> {
  const found = await startHashObject(client, input, again);
  if (found.isNew) return found;
  const result = await jobResult(client, found.workflowId);
  return answers(result, input) ? found : await startHashObject(client, input, true);
}

function answers({ digests, proof, object }: HashObjectResult, input: HashObjectInput): boolean {
  const { algorithms, policy } = input;
  const isComplete = algorithms.every((algorithm) => digests[algorithm] !== undefined);
  const wasRead = proof.kind !== 'reused-stored' || policy?.reuseStored === true;
  const hasParts = /-\d+$/.test(object.etag ?? '');
  const arePartsProved = policy?.proveParts !== true || !hasParts || proof.kind === 'stored-parts';
  return isComplete && wasRead && arePartsProved;
}
