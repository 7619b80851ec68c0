import { readFile } from 'node:fs/promises';
import { text } from 'node:stream/consumers';
import { loadConfig, type Config } from '../config.js';
import { MidstateError } from '../core/failures.js';
import { formatS3Uri } from '../core/s3-uri.js';
import { describeOutcome } from '../ingest/describe-outcome.js';
import type { IgnoredEvent, MessageContents, UploadEvent } from '../ingest/events/message-contents.js';
import { parseMessage } from '../ingest/events/parse-message.js';
import { scopeOf } from '../ingest/policy/ingest-policy.js';
import { loadPolicy } from '../ingest/policy/policy-file.js';
import type { UploadOutcome } from '../ingest/start-upload.js';
import { createProcessLogger } from '../observability/create-process-logger.js';
import { logEvents } from '../observability/log-events.js';
import { adjustInput } from './adjust-input.js';
import { EXIT } from './exit-codes.js';
import { printJson, printLine } from './output.js';
import { digestsOf, reportJob, temporalOf, type Temporal } from './report-job.js';
import { startAndReport } from './start-and-report.js';
import type { SubmitOptions } from './submit-command.js';

/** Does by hand what the poller does with a message body. */
export async function submitEvent(file: string, options: SubmitOptions): Promise<void> {
  const config = loadConfig({
    algorithms: options.algorithms,
    publish: options.publish,
    policyFile: options.policyFile,
    parallelRanges: options.parallelRanges,
  });
  const contents = parseMessage(file === '-' ? await text(process.stdin) : await readFile(file, 'utf8'));
  if (options.dryRun === true) reportDryRun(contents, config, options);
  else await startAll(contents, config, options);
  refuse(contents);
}

/** What the poller would start, and what not; asks nobody. */
function reportDryRun(contents: MessageContents, config: Config, { json }: SubmitOptions): void {
  const policy = config.policyFile === undefined ? undefined : loadPolicy(config.policyFile).policy;
  const objects: UploadEvent[] = [];
  const ignored: IgnoredEvent[] = [...contents.ignored];
  for (const upload of contents.uploads) {
    const scope = scopeOf(policy, upload.object);
    if ('rule' in scope) objects.push(upload);
    else ignored.push(outOfScope(upload, scope.reason));
  }
  if (json === true) {
    const { form, viaSns, refused } = contents;
    const told = objects.map(({ object, source: { kind: _, ...source } }) => ({ ...object, ...source }));
    const faults = refused.map(({ message }) => message);
    printJson({ form, ...(viaSns === true ? { viaSns } : {}), objects: told, ignored, refused: faults });
    return;
  }
  for (const { object } of objects) printLine(`would start  ${formatS3Uri(object)}`);
  for (const event of ignored) printIgnored(event);
}

function outOfScope({ object, source }: UploadEvent, reason: string): IgnoredEvent {
  return {
    event: source.eventName ?? source.kind,
    reason: `out of scope: ${reason}`,
    bucket: object.bucket,
    key: object.key,
  };
}

function printIgnored({ event, reason, bucket, key }: IgnoredEvent): void {
  const of = bucket === undefined || key === undefined ? '' : `  ${formatS3Uri({ bucket, key })}`;
  printLine(`ignored  ${event}${of}  ${reason}`);
}

async function startAll(contents: MessageContents, config: Config, options: SubmitOptions): Promise<void> {
  const [{ openClient }, { composeStarter }] = await Promise.all([
    import('../starter/open-client.js'),
    import('../starter/compose-starter.js'),
  ]);
  const client = await openClient();
  const starter = await composeStarter({
    config,
    client,
    log: logEvents(createProcessLogger(config, {})),
    again: options.again === true,
    adjust: (input) => adjustInput(input, options),
  });
  const startUpload = starter.createStartUpload((work) => work());
  const temporal = temporalOf(client, config);
  try {
    for (const event of contents.ignored) if (options.json !== true) printIgnored(event);
    await startAndReport(contents.uploads, options, async (upload) => {
      const outcome = await startUpload(upload);
      return () => report(temporal, outcome, options);
    });
  } finally {
    starter.stop();
    await client.connection.close();
  }
}

async function report(temporal: Temporal, outcome: UploadOutcome, options: SubmitOptions): Promise<void> {
  const { upload, kind } = outcome;
  if (kind === 'started' || kind === 'found') {
    const job = { workflowId: outcome.workflowId, isNew: kind === 'started' };
    await reportJob(temporal, upload.object, job, options);
    return;
  }
  if (options.json === true) {
    const { upload: _, ...facts } = outcome;
    printJson({ object: upload.object, ...facts });
    return;
  }
  const uri = formatS3Uri(upload.object);
  if (kind === 'remembered') {
    const { where, digests } = outcome.remembered;
    printLine(`remembered by its ${where}  ${uri}  ${digestsOf(digests)}`);
  } else {
    const reason = kind === 'out-of-scope' ? `  ${outcome.reason}` : '';
    printLine(`${describeOutcome(outcome).event}  ${uri}${reason}`);
  }
}

/** What could be understood has been dealt with; the rest is wrong use. */
function refuse({ refused }: MessageContents): void {
  const [first] = refused;
  if (first === undefined) return;
  if (refused.length === 1) throw first;
  process.exitCode = EXIT.wrongUse;
  throw new MidstateError('InvalidInput', refused.map(({ message }) => message).join('; '));
}
