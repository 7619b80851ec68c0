import type { Client } from '@temporalio/client';
import type { HashObjectInput, HashObjectResult } from '../core/contracts.js';
import { judgeDigests } from '../core/proof.js';
import { formatS3Uri } from '../core/s3-uri.js';
import { jobResult } from '../temporal/job-result.js';
import type { StartedJob } from '../temporal/start-hash-object.js';
import { EXIT } from './exit-codes.js';
import { printJson, printLine } from './output.js';
import type { SubmitOptions } from './submit-command.js';

/** Waits for a job's end and prints it; a digest that is not the one expected sets the exit code. */
export async function reportResult(
  client: Client,
  object: HashObjectInput['object'],
  job: StartedJob,
  { json, expect }: Pick<SubmitOptions, 'json' | 'expect'>,
): Promise<void> {
  const result = await jobResult(client, job.workflowId);
  const verdict = expect === undefined ? result.verdict : judgeDigests(result.digests, expect);
  if (json === true) printJson({ ...job, ...result, verdict });
  else printLine(`${result.outcome} ${verdict}  ${formatS3Uri(object)}  ${digestsOf(result.digests)}`);
  if (verdict === 'mismatch') process.exitCode = EXIT.mismatch;
}

/** `sha1:… sha256:…` */
export function digestsOf(digests: HashObjectResult['digests']): string {
  return Object.entries(digests)
    .map((pair) => pair.join(':'))
    .join(' ');
}
