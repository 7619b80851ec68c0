import type { Client } from '@temporalio/client';
import { loadConfig, policyOf, type Config } from '../config.js';
import type { HashObjectInput } from '../core/contracts.js';
import { formatS3Uri, parseS3Uri } from '../core/s3-uri.js';
import type { UploadEvent } from '../ingest/events/message-contents.js';
import { createPinUpload } from '../ingest/pin-upload.js';
import { createObjectInquiries } from '../storage/object-inquiries.js';
import { connectClient } from '../temporal/connect-client.js';
import { findSequencer } from '../temporal/find-sequencer.js';
import { jobResult } from '../temporal/job-result.js';
import { startHashObject, type StartedJob } from '../temporal/start-hash-object.js';
import { printJson, printLine } from './output.js';
import { reportResult } from './report-result.js';
import type { SubmitOptions } from './submit-command.js';

/** Starts the jobs of objects that are named, whatever a policy says of them. */
export async function submitObjects(uris: readonly string[], options: SubmitOptions): Promise<void> {
  const wanted = Object.keys(options.expect ?? {}).join(',');
  const config = loadConfig({
    algorithms: options.algorithms ?? (wanted === '' ? undefined : wanted),
    publish: options.publish,
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
  const client = await connectClient();
  const store = createObjectInquiries(config.aws);
  const pin = createPinUpload({
    store: () => Promise.resolve(store),
    findSequencer: (object) => findSequencer(client, object),
  });
  try {
    for (const upload of uploads) {
      await submitOne(client, inputOf(config, options, await pin(upload, true)), options);
    }
  } finally {
    await client.connection.close();
  }
}

function reportDryRun(uploads: readonly UploadEvent[], { json }: SubmitOptions): void {
  if (json === true) printJson({ objects: uploads.map(({ object }) => object), ignored: [] });
  else for (const { object } of uploads) printLine(`would start  ${formatS3Uri(object)}`);
}

function inputOf(config: Config, options: SubmitOptions, upload: UploadEvent): HashObjectInput {
  return {
    ...upload,
    algorithms: config.algorithms,
    ...(options.expect === undefined ? {} : { expected: options.expect }),
    policy: {
      ...policyOf(config),
      ...(options.memoryClass === undefined ? {} : { memoryClassMB: options.memoryClass }),
    },
  };
}

async function submitOne(client: Client, input: HashObjectInput, options: SubmitOptions): Promise<void> {
  const job = await startOrFind(client, input, options.again === true);
  if (options.wait === true) {
    await reportResult(client, input.object, job, options);
    return;
  }
  if (options.json === true) printJson({ object: input.object, ...job });
  else
    printLine(`${job.isNew ? 'started' : 'already hashed'}  ${formatS3Uri(input.object)}  ${job.workflowId}`);
}

/** Starts the job; where the version was hashed before, but not with every algorithm asked for, starts it again. */
async function startOrFind(client: Client, input: HashObjectInput, again: boolean): Promise<StartedJob> {
  const found = await startHashObject(client, input, again);
  if (found.isNew) return found;
  const { digests } = await jobResult(client, found.workflowId);
  const isComplete = input.algorithms.every((algorithm) => digests[algorithm] !== undefined);
  return isComplete ? found : await startHashObject(client, input, true);
}
