import { SQSClient } from '@aws-sdk/client-sqs';
import type { AwsSettings } from './aws-clients.js';
import { createHttpHandler } from './create-http-handler.js';

/** A long poll holds its socket for 20 s. */
const SOCKET_TIMEOUT_MS = 30_000;

/** SQS client. Endpoint and credentials come from the SDK's own chain. */
export function createSqsClient(
  settings: Pick<AwsSettings, 'region' | 'connections' | 'proxies'>,
): SQSClient {
  return new SQSClient({
    ...(settings.region === undefined ? {} : { region: settings.region }),
    requestHandler: createHttpHandler(settings, SOCKET_TIMEOUT_MS),
  });
}
