import type { Client } from '@temporalio/client';
import type { Config } from '../config.js';
import type { HashObjectInput, HashObjectResult } from '../core/contracts.js';
import { judgeDigests } from '../core/proof.js';
import { formatS3Uri } from '../core/s3-uri.js';
import { jobResult } from '../temporal/job-result.js';
import type { StartedJob } from '../temporal/start-hash-object.js';
import { jobUrl, type WebUi } from '../temporal/web-ui-links.js';
import { EXIT } from './exit-codes.js';
import { printJson, printLine } from './output.js';
import type { SubmitOptions } from './submit-command.js';

export interface Temporal {
  readonly client: Client;
  /** Where its Web UI is, if that is known. */
  readonly ui: WebUi | undefined;
}

/** The server that `client` is connected to, with its Web UI if the configuration names one. */
export function temporalOf(client: Client, { uiUrl }: Pick<Config, 'uiUrl'>): Temporal {
  return {
    client,
    ui: uiUrl === undefined ? undefined : { url: uiUrl, namespace: client.options.namespace },
  };
}

/** Prints a job that was started or found, or, where that is asked for, waits for its end and prints that. */
export async function reportJob(
  temporal: Temporal,
  object: HashObjectInput['object'],
  job: StartedJob,
  options: SubmitOptions,
): Promise<void> {
  if (options.wait === true) await reportResult(temporal.client, object, job, options);
  else reportStart(temporal, object, job, options);
}

function reportStart(
  { ui }: Temporal,
  object: HashObjectInput['object'],
  job: StartedJob,
  { json }: SubmitOptions,
): void {
  const link = ui === undefined ? undefined : jobUrl(ui, job.workflowId);
  if (json === true) {
    printJson({ object, ...job, ...(link === undefined ? {} : { webUi: link }) });
    return;
  }
  printLine(`${job.isNew ? 'started' : 'already hashed'}  ${formatS3Uri(object)}  ${job.workflowId}`);
  if (link !== undefined) printLine(`  ${link}`);
}

/** A digest that is not the one expected sets the exit code. */
async function reportResult(
  client: Client,
  object: HashObjectInput['object'],
  job: StartedJob,
  { json, expect }: SubmitOptions,
): Promise<void> {
  const result = await jobResult(client, job.workflowId);
  const verdict = expect === undefined ? result.verdict : judgeDigests(result.digests, expect);
  if (json === true) printJson({ ...job, ...result, verdict });
  else {
    printLine(`${result.outcome} ${verdict}  ${formatS3Uri(object)}  ${digestsOf(result.digests)}`);
    for (const note of result.notes ?? []) printLine(`  ${note}`);
  }
  if (verdict === 'mismatch') process.exitCode = EXIT.mismatch;
}

/** `sha1:… sha256:…` */
export function digestsOf(digests: HashObjectResult['digests']): string {
  return Object.entries(digests)
    .map((pair) => pair.join(':'))
    .join(' ');
}
