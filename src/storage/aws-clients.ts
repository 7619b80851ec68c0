import { S3Client } from '@aws-sdk/client-s3';
import { SQSClient } from '@aws-sdk/client-sqs';
import type { ProxySettings } from './http-proxy/choose-proxy.js';
import { ProxyHttpHandler } from './http-proxy/proxy-http-handler.js';
import { LeanHttpHandler } from './lean-http/lean-http-handler.js';

const CONNECT_TIMEOUT_MS = 5_000;

export interface AwsSettings {
  /** Default: what the AWS SDK finds in its environment and configuration files. */
  readonly region?: string | undefined;
  /** True with S3 servers that have no bucket host names; default: when an S3 endpoint is set. */
  readonly pathStyle: boolean;
  /** No byte on a connection for so long: the request is abandoned and tried again. */
  readonly idleTimeoutMs: number;
  /** Sockets that requests other than ranged reads may hold at once. */
  readonly connections: number;
  /** Default: none. */
  readonly proxies?: ProxySettings | undefined;
}

/** A long poll holds its socket for 20 s. */
const SQS_SOCKET_TIMEOUT_MS = 30_000;

/**
 * S3 client. Endpoint and credentials come from the SDK's own chain. Checksums are left to midstate: the SDK's are
 * computed in JavaScript, and ranged reads are not covered by them.
 */
export function createS3Client(settings: AwsSettings): S3Client {
  return new S3Client({
    ...(settings.region === undefined ? {} : { region: settings.region }),
    forcePathStyle: settings.pathStyle,
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
    requestHandler: new LeanHttpHandler({
      connectTimeoutMs: CONNECT_TIMEOUT_MS,
      answerTimeoutMs: settings.idleTimeoutMs,
      fallback: createFallback(settings, settings.idleTimeoutMs),
    }),
  });
}

export function createSqsClient(
  settings: Pick<AwsSettings, 'region' | 'connections' | 'proxies'>,
): SQSClient {
  return new SQSClient({
    ...(settings.region === undefined ? {} : { region: settings.region }),
    requestHandler: createFallback(settings, SQS_SOCKET_TIMEOUT_MS),
  });
}

function createFallback(
  { connections, proxies }: Pick<AwsSettings, 'connections' | 'proxies'>,
  socketTimeoutMs: number,
): ProxyHttpHandler {
  return new ProxyHttpHandler({
    connectTimeoutMs: CONNECT_TIMEOUT_MS,
    socketTimeoutMs,
    maxSockets: connections,
    proxies,
  });
}
