import { MidstateError, type FailureFacts, type FailureName } from '../core/failures.js';
import { PROXY_REFUSAL_CODE } from './http-proxy/tunnel-agent.js';

interface VendorError {
  readonly name: string;
  readonly status: number | undefined;
  readonly code: string | undefined;
  readonly retryAfterMs: number | undefined;
  /** True where the server's clock and this machine's are so far apart that no signature is taken. */
  readonly isClockOff: boolean;
  /** Of a connection that failed. */
  readonly address: string | undefined;
  /** The proxy that the request went through. */
  readonly proxy: string | undefined;
}

const NETWORK_CODES: ReadonlySet<string> = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOTFOUND',
  'EAI_AGAIN',
  'ECONNABORTED',
  'EPIPE',
  'ERR_STREAM_PREMATURE_CLOSE',
  'ETIMEDOUT',
]);

/** S3 takes signatures that are this old, or this young, at most. */
const MOST_CLOCK_SKEW_MS = 15 * 60_000;

/** The longest pause a server may ask for: longer ones would hold a job up more than a try costs. */
const MAX_RETRY_AFTER_MS = 5 * 60_000;

const ADVICE: Readonly<Partial<Record<FailureName, string>>> = {
  AccessDenied:
    'access denied: check that the credentials are there and may do this (infra/iam lists the permissions)',
  Archived: 'the object is in an archive storage class: restore it, then submit it again',
  BucketNotFound: 'the bucket does not exist: check its name, the region and the endpoint',
  InvalidInput: 'the server refuses the request as wrong: check the region (AWS_REGION) and the version id',
  KmsDenied: 'the KMS key of the object cannot be used: grant kms:Decrypt on it',
  ObjectChanged: 'the object is no longer the version that was asked for',
  ObjectGone: 'the object does not exist: check the key (it is taken as it stands, not URL-encoded)',
  QueueNotFound: 'the queue does not exist: check MIDSTATE_QUEUE_URL, or create it with `midstate setup`',
  StoreUnavailable: 'the server cannot be reached or cannot answer now; it is tried again',
};

/**
 * Translates an AWS SDK error, by its code and status only. Returns `error` itself when it is none of midstate's
 * business (unknown errors stay retryable).
 */
export function translateAwsError(error: unknown, action: string, facts: FailureFacts): unknown {
  if (error instanceof MidstateError) return error;
  if (isRegionMissing(error)) {
    return new MidstateError(
      'InvalidInput',
      `${action}: no AWS region: set AWS_REGION, or a region in the AWS profile`,
      { facts },
    );
  }
  const vendor = inspect(error);
  const failure = classify(vendor);
  if (failure === undefined) return error;
  return new MidstateError(failure, `${action}: ${adviceFor(failure, vendor)}`, {
    facts: {
      ...facts,
      status: vendor.status,
      code: vendor.code ?? vendor.name,
      address: vendor.address,
      proxy: vendor.proxy,
    },
    cause: error,
    ...(vendor.retryAfterMs === undefined ? {} : { retryAfterMs: vendor.retryAfterMs }),
  });
}

function adviceFor(failure: FailureName, vendor: VendorError): string {
  if (isCertificateRefused(vendor)) {
    return 'the server’s certificate is not trusted: add its authority with NODE_EXTRA_CA_CERTS, and check the endpoint’s name';
  }
  if (isNotHttp(vendor)) {
    return 'what answers is not a server that speaks HTTP: check the endpoint, its port, and whether it is http or https; it is tried again';
  }
  if (vendor.isClockOff) {
    return 'the clocks of this machine and of the server are more than 15 minutes apart: set the clock; it is tried again';
  }
  if (vendor.status === 407) {
    return 'the proxy wants a name and a password: put them into the proxy variable (http://name:password@host:port)';
  }
  if (vendor.code === PROXY_REFUSAL_CODE) {
    return 'the proxy refuses to connect to the server: have it let through there, or name the server in NO_PROXY; it is tried again';
  }
  if (failure === 'StoreUnavailable' && vendor.proxy !== undefined) {
    return 'the proxy, or the server behind it, cannot be reached: check HTTPS_PROXY, HTTP_PROXY and NO_PROXY; it is tried again';
  }
  return ADVICE[failure] ?? failure;
}

/** Codes of OpenSSL, of Node's HTTP parser, and of our own, for an answer that cannot be read. */
function isNotHttp({ code }: Pick<VendorError, 'code'>): boolean {
  return code !== undefined && /^(EPROTO$|HPE_|ERR_SSL_)/.test(code);
}

/** OpenSSL's and Node's codes for a certificate that is not accepted. */
function isCertificateRefused({ code }: Pick<VendorError, 'code'>): boolean {
  return code !== undefined && /^(CERT_|DEPTH_ZERO_|SELF_SIGNED_|UNABLE_TO_|ERR_TLS_CERT)/.test(code);
}

/** The one fault of the SDK that has neither code nor status. */
function isRegionMissing(error: unknown): boolean {
  return error instanceof Error && error.message === 'Region is missing';
}

function classify({ name, status, code, isClockOff }: VendorError): FailureName | undefined {
  // A clock that is wrong says nothing of permissions, and may be set right.
  if (isClockOff) return 'StoreUnavailable';
  if (code === PROXY_REFUSAL_CODE) return status === 407 ? 'AccessDenied' : 'StoreUnavailable';
  if (name === 'NoSuchBucket') return 'BucketNotFound';
  if (name === 'QueueDoesNotExist' || name.endsWith('NonExistentQueue')) return 'QueueNotFound';
  if (name === 'NoSuchKey' || name === 'NoSuchVersion' || name === 'NotFound') return 'ObjectGone';
  if (name === 'InvalidObjectState') return 'Archived';
  // Throttling is often answered with status 400, by KMS too; it passes.
  if (/Throttl/.test(name)) return 'StoreUnavailable';
  if (name.startsWith('KMS.') || name.startsWith('KMSDisabled')) return 'KmsDenied';
  if (name === 'CredentialsProviderError' || name === 'InvalidAccessKeyId') return 'AccessDenied';
  if (status === 401 || status === 403 || status === 407) return 'AccessDenied';
  // While the name of a new bucket spreads; the redirect itself is signed for another host, and is not followed.
  if (status === 307) return 'StoreUnavailable';
  if ((status !== undefined && status >= 300 && status < 400) || name === 'InvalidArgument') {
    return 'InvalidInput';
  }
  // 405 is the answer for a delete marker named by its version id.
  if (status === 404 || status === 405) return 'ObjectGone';
  if (status === 412 || status === 416) return 'ObjectChanged';
  if (status === 408 || status === 429 || (status !== undefined && status >= 500)) return 'StoreUnavailable';
  if (isCertificateRefused({ code }) || isNotHttp({ code })) return 'StoreUnavailable';
  if (name === 'TimeoutError' || (code !== undefined && NETWORK_CODES.has(code))) return 'StoreUnavailable';
  return undefined;
}

function inspect(error: unknown): VendorError {
  const fields = (typeof error === 'object' && error !== null ? error : {}) as {
    name?: unknown;
    code?: unknown;
    $metadata?: { httpStatusCode?: number };
    $response?: { headers?: Record<string, string> };
    address?: unknown;
    port?: unknown;
    proxy?: unknown;
  };
  const name = typeof fields.name === 'string' ? fields.name : '';
  const status = fields.$metadata?.httpStatusCode;
  return {
    name,
    isClockOff: isClockOff(name, status, fields.$response?.headers?.['date']),
    code: typeof fields.code === 'string' ? fields.code : undefined,
    status,
    retryAfterMs: parseRetryAfterMs(fields.$response?.headers?.['retry-after']),
    address: typeof fields.address === 'string' ? `${fields.address}:${String(fields.port)}` : undefined,
    proxy: typeof fields.proxy === 'string' ? fields.proxy : undefined,
  };
}

/** S3's name for it; the answer to a HEAD has no name, but the server's time. */
function isClockOff(name: string, status: number | undefined, date = ''): boolean {
  if (name === 'RequestTimeTooSkewed') return true;
  const isNamed = name === 'AccessDenied' || name === 'InvalidAccessKeyId';
  return status === 403 && !isNamed && Math.abs(Date.parse(date) - Date.now()) > MOST_CLOCK_SKEW_MS;
}

/** A `Retry-After`, in seconds or as an HTTP date, as a pause from now; undefined when it asks for none. */
function parseRetryAfterMs(header = ''): number | undefined {
  const pauseMs = /^\s*\d+(\.\d+)?\s*$/.test(header)
    ? Number(header) * 1_000
    : Date.parse(header) - Date.now();
  return pauseMs > 0 ? Math.min(pauseMs, MAX_RETRY_AFTER_MS) : undefined;
}
