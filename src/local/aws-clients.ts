import { S3Client } from '@aws-sdk/client-s3';
import { SQSClient } from '@aws-sdk/client-sqs';

export const LOCAL_REGION = 'us-east-1';
/** ElasticMQ's own default. */
export const LOCAL_ACCOUNT = '000000000000';
/** Of the local servers only, which no other machine can reach. */
export const LOCAL_CREDENTIALS = { accessKeyId: 'midstate-local', secretAccessKey: 'midstate-local-secret' };

const SHARED = { region: LOCAL_REGION, credentials: LOCAL_CREDENTIALS, maxAttempts: 3 };
const TIMEOUTS = { connectionTimeout: 2_000, socketTimeout: 30_000 };

/** A client of the local S3 server, independent of the user's AWS configuration. */
export function localS3Client(endpoint: string): S3Client {
  return new S3Client({
    ...SHARED,
    endpoint,
    forcePathStyle: true,
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
    requestHandler: TIMEOUTS,
  });
}

/** A client of the local SQS server, independent of the user's AWS configuration. */
export function localSqsClient(endpoint: string): SQSClient {
  return new SQSClient({ ...SHARED, endpoint, requestHandler: TIMEOUTS });
}
