import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { isRetryable, MidstateError, type FailureName } from '../../src/core/failures.js';
import { translateAwsError } from '../../src/storage/aws-failures.js';

interface VendorFields {
  readonly name?: string;
  readonly code?: string;
  readonly status?: number;
  readonly retryAfter?: string;
  readonly date?: string;
}

/** An error as the AWS SDK throws it. */
function vendorError({ name, code, status, retryAfter, date }: VendorFields): Error {
  const error = new Error('the vendor may word this as it likes: AccessDenied NoSuchKey');
  return Object.assign(error, {
    ...(name === undefined ? {} : { name }),
    ...(code === undefined ? {} : { code }),
    $metadata: status === undefined ? {} : { httpStatusCode: status },
    $response: {
      headers: {
        ...(retryAfter === undefined ? {} : { 'retry-after': retryAfter }),
        ...(date === undefined ? {} : { date }),
      },
    },
  });
}

function translated(fields: VendorFields): MidstateError {
  const failure = translateAwsError(vendorError(fields), 'read range', { bucket: 'b', key: 'k' });
  if (!(failure instanceof MidstateError)) throw new Error('it was not translated');
  return failure;
}

const TABLE: readonly (readonly [VendorFields, FailureName])[] = [
  [{ name: 'NoSuchBucket', status: 404 }, 'BucketNotFound'],
  [{ name: 'QueueDoesNotExist', status: 400 }, 'QueueNotFound'],
  [{ name: 'AWS.SimpleQueueService.NonExistentQueue', status: 400 }, 'QueueNotFound'],
  [{ name: 'NoSuchKey', status: 404 }, 'ObjectGone'],
  [{ name: 'NoSuchVersion', status: 404 }, 'ObjectGone'],
  [{ name: 'NotFound', status: 404 }, 'ObjectGone'],
  [{ name: 'MethodNotAllowed', status: 405 }, 'ObjectGone'],
  [{ name: 'InvalidObjectState', status: 403 }, 'Archived'],
  [{ name: 'KMS.DisabledException', status: 400 }, 'KmsDenied'],
  [{ name: 'KMS.NotFoundException', status: 400 }, 'KmsDenied'],
  [{ name: 'KMS.ThrottlingException', status: 400 }, 'StoreUnavailable'],
  [{ name: 'CredentialsProviderError' }, 'AccessDenied'],
  [{ name: 'InvalidAccessKeyId', status: 403 }, 'AccessDenied'],
  [{ name: 'AccessDenied', status: 403 }, 'AccessDenied'],
  [{ name: 'Unauthorized', status: 401 }, 'AccessDenied'],
  [{ name: 'PreconditionFailed', status: 412 }, 'ObjectChanged'],
  [{ name: 'InvalidRange', status: 416 }, 'ObjectChanged'],
  [{ name: 'PermanentRedirect', status: 301 }, 'InvalidInput'],
  [{ name: 'Found', status: 302 }, 'InvalidInput'],
  [{ name: 'TemporaryRedirect', status: 307 }, 'StoreUnavailable'],
  [{ name: 'Unknown', status: 308 }, 'InvalidInput'],
  [{ name: 'Unknown', status: 407 }, 'AccessDenied'],
  [{ name: 'RequestTimeout', status: 408 }, 'StoreUnavailable'],
  [{ name: 'TooManyRequests', status: 429 }, 'StoreUnavailable'],
  [{ name: 'RequestThrottled', status: 400 }, 'StoreUnavailable'],
  [{ name: 'ThrottlingException', status: 400 }, 'StoreUnavailable'],
  [{ name: 'InternalError', status: 500 }, 'StoreUnavailable'],
  [{ name: 'SlowDown', status: 503 }, 'StoreUnavailable'],
  [{ name: 'TimeoutError' }, 'StoreUnavailable'],
  ...[
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
    'EPROTO',
    'HPE_INVALID_CONSTANT',
    'ERR_SSL_WRONG_VERSION_NUMBER',
  ].map((code) => [{ code }, 'StoreUnavailable'] as const),
];

describe('an error of the AWS SDK', () => {
  test.each(TABLE)('%j is %s', (fields, name) => {
    const failure = translated(fields);

    expect(failure.failure).toBe(name);
    expect(failure.message).toMatch(/^read range: .+ \[bucket=b, key=k/);
    expect((failure.cause as Error).message).toMatch(/^the vendor/);
  });

  test.each([
    [{ name: 'ConditionalRequestConflict', status: 409 }],
    [{ name: 'ExpiredToken', status: 400 }],
    [{ name: 'AbortError' }],
    [{}],
  ])('%j passes as it is, and thus stays retryable', (fields) => {
    const error = vendorError(fields);

    expect(translateAwsError(error, 'read range', {})).toBe(error);
  });

  test.each([undefined, null, 'text', 7])('that is no object (%j) passes as it is', (error) => {
    expect(translateAwsError(error, 'read range', {})).toBe(error);
  });

  test('that has been translated already is left alone', () => {
    const failure = new MidstateError('CorruptRead', 'm');

    expect(translateAwsError(failure, 'read range', {})).toBe(failure);
  });

  test('carries status, code and the delay that the server asked for', () => {
    const failure = translated({ name: 'SlowDown', status: 503, retryAfter: '2' });

    expect(failure.facts).toEqual({ bucket: 'b', key: 'k', status: 503, code: 'SlowDown' });
    expect(failure.retryAfterMs).toBe(2_000);
    expect(isRetryable(failure.failure)).toBe(true);
  });

  test.each([undefined, '', '0', '-5', 'soon', '5 minutes', 'Wed, 21 Oct 2015 07:28:00 GMT'])(
    'asks for no delay with retry-after %j',
    (retryAfter) => {
      const failure = translated({ status: 503, ...(retryAfter === undefined ? {} : { retryAfter }) });

      expect(failure.retryAfterMs).toBeUndefined();
    },
  );

  test.each([
    ['7', 7_000],
    [' 1.5 ', 1_500],
    ['Wed, 21 Oct 2015 07:28:09 GMT', 9_000],
    ['86400', 300_000],
    ['Thu, 22 Oct 2015 07:28:00 GMT', 300_000],
  ])('asks for a delay with retry-after %j, of five minutes at most', (retryAfter, delayMs) => {
    vi.useFakeTimers({ now: new Date('2015-10-21T07:28:00Z') });
    onTestFinished(() => {
      vi.useRealTimers();
    });

    expect(translated({ status: 429, retryAfter }).retryAfterMs).toBe(delayMs);
  });

  test('never repeats what the vendor said', () => {
    expect(translated({ status: 503 }).message).not.toContain('the vendor');
  });
});

test('a certificate that is not trusted is told apart from a server that is not there', () => {
  const error = Object.assign(new Error('self-signed certificate'), { code: 'DEPTH_ZERO_SELF_SIGNED_CERT' });

  const translated = translateAwsError(error, 'read range', { bucket: 'b' });

  expect(translated).toMatchObject({
    failure: 'StoreUnavailable',
    message: expect.stringContaining('NODE_EXTRA_CA_CERTS') as string,
  });
});

test.each(['EPROTO', 'HPE_INVALID_CONSTANT', 'ERR_SSL_WRONG_VERSION_NUMBER'])(
  'an answer that is not HTTP (%s) is told apart from a server that is not there',
  (code) => {
    expect(translated({ code }).message).toContain(
      'check the endpoint, its port, and whether it is http or https',
    );
  },
);

describe('a clock that is wrong', () => {
  const minutesAway = (minutes: number) => new Date(Date.now() + minutes * 60_000).toUTCString();

  test.each<[string, VendorFields]>([
    ['S3 says so', { name: 'RequestTimeTooSkewed', status: 403 }],
    ['the server is 20 minutes ahead', { name: 'Unknown', status: 403, date: minutesAway(20) }],
    ['the server is 20 minutes behind', { name: 'Unknown', status: 403, date: minutesAway(-20) }],
  ])('is no denial where %s: the request is tried again', (_, fields) => {
    const failure = translated(fields);

    expect(failure.failure).toBe('StoreUnavailable');
    expect(failure.message).toContain('set the clock');
  });

  test.each<[string, VendorFields]>([
    ['the clocks agree', { name: 'Unknown', status: 403, date: minutesAway(10) }],
    ['the server tells no time', { name: 'Unknown', status: 403 }],
    ['S3 names a denial', { name: 'AccessDenied', status: 403, date: minutesAway(20) }],
  ])('is not suspected where %s', (_, fields) => {
    expect(translated(fields).failure).toBe('AccessDenied');
  });
});
