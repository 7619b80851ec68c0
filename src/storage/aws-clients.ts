import { S3Client } from '@aws-sdk/client-s3';
import { CONNECT_TIMEOUT_MS, createHttpHandler } from './create-http-handler.js';
import type { ProxySettings } from './http-proxy/choose-proxy.js';
import { LeanHttpHandler } from './lean-http/lean-http-handler.js';
import { openBestConnection, openLeanConnection } from './lean-http/open-connection.js';
import type { TlsTrust } from './lean-http/trusted-certificates.js';

export type { S3Client } from '@aws-sdk/client-s3';

export interface AwsSettings {
  /** Default: what the AWS SDK finds in its environment and configuration files. */
  readonly region?: string | undefined;
  /** True with S3 servers that have no bucket host names; default: when an S3 endpoint is set. */
  readonly pathStyle: boolean;
  /** No byte on a connection for so long: the request is abandoned and tried again. */
  readonly idleTimeoutMs: number;
  /** Sockets that requests other than ranged reads may hold at once. */
  readonly connections: number;
  /** False: ranged reads too go over Node's sockets. Default: over the addon's, where it was built. */
  readonly nativeConnections?: boolean;
  /** Default: Node's own certificates. */
  readonly trust?: TlsTrust | undefined;
  /** Default: none. */
  readonly proxies?: ProxySettings | undefined;
}

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
      openConnection:
        settings.nativeConnections === false ? openLeanConnection : openBestConnection(settings.trust ?? {}),
      fallback: createHttpHandler(settings, settings.idleTimeoutMs),
    }),
  });
}
