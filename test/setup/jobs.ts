import { GetQueueAttributesCommand, type SQSClient } from '@aws-sdk/client-sqs';
import type { Client } from '@temporalio/client';
import type { HashObjectResult } from '../../src/core/contracts.js';
import type { S3Location } from '../../src/core/s3-uri.js';
import { objectQuery } from '../../src/temporal/job-status.js';
import { eventually } from './eventually.js';

/** One run of a job, as the server lists it. */
export interface JobRun {
  readonly workflowId: string;
  readonly runId: string;
  readonly status: string;
}

/** Every run of every job of an object, newest first. */
export async function runsOf(client: Client, location: S3Location): Promise<JobRun[]> {
  const runs: JobRun[] = [];
  for await (const { workflowId, runId, status, memo } of client.workflow.list({
    query: objectQuery(location),
  })) {
    if (memo?.['key'] === location.key) runs.push({ workflowId, runId, status: status.name });
  }
  return runs;
}

/** Waits for the event of an upload to start a job, and for that job's end. */
export async function resultOf(client: Client, location: S3Location): Promise<HashObjectResult> {
  const [run] = await eventually(
    async () => {
      const runs = await runsOf(client, location);
      return runs.length > 0 && runs;
    },
    { what: `a job of ${JSON.stringify(location)}` },
  );
  if (run === undefined) throw new Error('no run');
  return (await client.workflow.getHandle(run.workflowId).result()) as HashObjectResult;
}

/** Messages of a queue, waiting and in flight. */
export async function messagesIn(sqs: SQSClient, queueUrl: string): Promise<number> {
  const names = ['ApproximateNumberOfMessages', 'ApproximateNumberOfMessagesNotVisible'] as const;
  const { Attributes } = await sqs.send(
    new GetQueueAttributesCommand({ QueueUrl: queueUrl, AttributeNames: [...names] }),
  );
  return names.reduce((sum, name) => sum + Number(Attributes?.[name] ?? 0), 0);
}
