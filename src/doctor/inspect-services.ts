import type { Config } from '../config.js';
import { MidstateError } from '../core/failures.js';
import { createS3Client } from '../storage/aws-clients.js';
import { createSqsClient } from '../storage/sqs-client.js';
import { countQueuedMessages, listBucketsOnce } from '../storage/check-access.js';
import { openClient } from '../starter/open-client.js';
import { temporalAddress } from '../temporal/temporal-connection.js';
import type { Finding } from './doctor-report.js';

const LOCAL_ADVICE = '`. .midstate/env` points to a running `midstate dev`';

/** Asks each service that is configured one harmless question. */
export async function inspectServices(config: Config): Promise<Finding[]> {
  return await Promise.all([
    inspect('temporal', () => askTemporal()),
    inspect('s3', () => askS3(config)),
    inspect('sqs', () => askSqs(config)),
  ]);
}

/** The answer, or undefined where nothing is configured to ask. */
type Answer = { readonly detail: string } | { readonly notConfigured: string };

async function inspect(name: Finding['name'], ask: () => Promise<Answer>): Promise<Finding> {
  try {
    const answer = await ask();
    return 'detail' in answer
      ? { name, state: 'ok', detail: answer.detail }
      : { name, state: 'note', detail: `not configured: ${answer.notConfigured}` };
  } catch (error) {
    return { name, state: 'failed', detail: error instanceof Error ? error.message : String(error) };
  }
}

async function askTemporal(): Promise<Answer> {
  const address = temporalAddress();
  if (address === undefined) return { notConfigured: `set TEMPORAL_ADDRESS; ${LOCAL_ADVICE}` };
  const client = await openClient();
  try {
    const { namespace } = client.options;
    await client.workflowService.describeNamespace({ namespace });
    return { detail: `${address} answers, namespace ${namespace} is there` };
  } finally {
    await client.connection.close();
  }
}

async function askS3(config: Config): Promise<Answer> {
  const client = createS3Client({ ...config.aws, idleTimeoutMs: 5_000, connections: 1 });
  try {
    const region = await client.config.region().catch(() => undefined);
    if (region === undefined) return { notConfigured: `set AWS_REGION; ${LOCAL_ADVICE}` };
    return { detail: `answers, ${String(await listBucketsOnce(client))} buckets` };
  } catch (error) {
    // Listing buckets is a right of its own, which midstate does not need.
    if (!(error instanceof MidstateError) || error.facts['code'] !== 'AccessDenied') throw error;
    return { detail: 'answers; these credentials may not list buckets, which midstate does not need' };
  } finally {
    client.destroy();
  }
}

async function askSqs(config: Config): Promise<Answer> {
  const { queueUrl } = config;
  if (queueUrl === undefined) return { notConfigured: `set MIDSTATE_QUEUE_URL; ${LOCAL_ADVICE}` };
  const client = createSqsClient({ ...config.aws, connections: 1 });
  try {
    return {
      detail: `the queue answers, about ${String(await countQueuedMessages(client, queueUrl))} messages`,
    };
  } finally {
    client.destroy();
  }
}
