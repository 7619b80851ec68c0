import { resolve } from 'node:path';
import { LOCAL_ACCOUNT, LOCAL_CREDENTIALS, LOCAL_REGION } from './aws-clients.js';
import { createFolder } from './create-folder.js';
import { choosePorts, LOOPBACK, type LocalPorts } from './ports.js';
import { claimDataDir } from './process/run-record.js';
import { RunningStack } from './running-stack.js';
import {
  withDefaults,
  type LocalStack,
  type LocalStackOptions,
  type LocalUrls,
  type StackSettings,
} from './stack-options.js';

/**
 * Finds (or installs, once) and starts real servers for Temporal, S3 and SQS on loopback, and creates the bucket, the
 * queue with its dead-letter queue, the bucket's notification to the queue, and the search attributes. Everything is
 * kept in `dataDir`: started again on it, the stack has its objects, messages and workflows. When it cannot start, it
 * ends what it had started.
 * @throws MidstateError naming what is missing, which port is taken, or the last lines of the log of a server that died
 */
export async function startLocalStack(options: LocalStackOptions): Promise<LocalStack> {
  const settings = { ...withDefaults(options), dataDir: resolve(options.dataDir) };
  await createFolder(settings.dataDir);
  const record = await claimDataDir(settings.dataDir, settings.report);
  try {
    const ports = await choosePorts(options.ports ?? 'fixed');
    const urls = urlsOf(ports, settings);
    const stack = new RunningStack({ settings, ports, urls, env: clientEnvironment(urls, settings), record });
    await stack.start();
    return stack;
  } catch (error) {
    await record.release();
    throw error;
  }
}

function urlsOf(ports: LocalPorts, { queue, dlq }: StackSettings): LocalUrls {
  const sqs = `http://${LOOPBACK}:${String(ports.sqs)}`;
  return {
    temporalAddress: `${LOOPBACK}:${String(ports.temporal)}`,
    temporalUi: `http://${LOOPBACK}:${String(ports.temporalUi)}`,
    s3: `http://${LOOPBACK}:${String(ports.s3)}`,
    sqs,
    queueUrl: `${sqs}/${LOCAL_ACCOUNT}/${queue}`,
    dlqUrl: `${sqs}/${LOCAL_ACCOUNT}/${dlq}`,
  };
}

function clientEnvironment(urls: LocalUrls, { namespace, bucket }: StackSettings): Record<string, string> {
  return {
    AWS_ENDPOINT_URL_S3: urls.s3,
    AWS_ENDPOINT_URL_SQS: urls.sqs,
    AWS_REGION: LOCAL_REGION,
    AWS_ACCESS_KEY_ID: LOCAL_CREDENTIALS.accessKeyId,
    AWS_SECRET_ACCESS_KEY: LOCAL_CREDENTIALS.secretAccessKey,
    TEMPORAL_ADDRESS: urls.temporalAddress,
    TEMPORAL_NAMESPACE: namespace,
    MIDSTATE_QUEUE_URL: urls.queueUrl,
    MIDSTATE_BUCKET: bucket,
    MIDSTATE_UI_URL: urls.temporalUi,
  };
}
