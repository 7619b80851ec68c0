import { SQSClient } from '@aws-sdk/client-sqs';
import type { AwsSettings } from './aws-clients.js';

const CONNECT_TIMEOUT_MS = 5_000;

/** SQS client; a long poll holds its socket for 20 s, so sockets time out after 30. */
export function createSqsClient(settings: Pick<AwsSettings, 'region' | 'connections'>): SQSClient {
  return new SQSClient({
    ...(settings.region === undefined ? {} : { region: settings.region }),
    requestHandler: {
      connectionTimeout: CONNECT_TIMEOUT_MS,
      socketTimeout: 30_000,
      httpAgent: { keepAlive: true, maxSockets: settings.connections },
      httpsAgent: { keepAlive: true, maxSockets: settings.connections },
    },
  });
}
