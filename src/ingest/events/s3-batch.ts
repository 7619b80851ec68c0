import { z } from 'zod';
import type { MidstateError } from '../../core/failures.js';
import { decodeEventKey } from './decode-event-key.js';
import { badRecord } from './event-faults.js';
import { refused, type MessageContents, type UploadEvent } from './message-contents.js';

/**
 * What S3 Batch Operations hands to a function. Source: "Invoking an AWS Lambda function from Amazon S3 Batch
 * Operations" (batch-ops-invoke-lambda), schema versions 1.0 (bucket ARN) and 2.0 (bucket name).
 */
export const S3_BATCH = z.object({
  invocationSchemaVersion: z.string(),
  invocationId: z.string().optional(),
  tasks: z.array(z.unknown()).min(1),
});

const TASK = z
  .object({
    taskId: z.string().optional(),
    s3Key: z.string().min(1),
    s3VersionId: z.string().nullish(),
    s3Bucket: z.string().min(1).optional(),
    s3BucketArn: z
      .string()
      .regex(/^arn:[\w-]+:s3[\w-]*:.*?:(?:bucket\/)?[\w.-]+$/, 'expected the ARN of a bucket')
      .optional(),
  })
  .refine(({ s3Bucket, s3BucketArn }) => s3Bucket !== undefined || s3BucketArn !== undefined, {
    message: 'expected s3BucketArn (schema 1.0) or s3Bucket (2.0)',
  });

/** Reads the tasks of an S3 Batch invocation; keys are encoded as in the job's manifest. */
export function readS3Batch({ invocationSchemaVersion, tasks }: z.infer<typeof S3_BATCH>): MessageContents {
  if (!/^[12]\.\d+$/.test(invocationSchemaVersion)) {
    throw refused('unknown-version', 'invocationSchemaVersion: expected 1.0 or 2.0', {
      actual: invocationSchemaVersion,
    });
  }
  const uploads: UploadEvent[] = [];
  const faults: MidstateError[] = [];
  for (const [index, raw] of tasks.entries()) {
    const where = `tasks[${String(index)}]`;
    const task = TASK.safeParse(raw);
    if (!task.success) faults.push(badRecord(task.error, where));
    else
      try {
        uploads.push(uploadOf(task.data, where));
      } catch (error) {
        faults.push(error as MidstateError);
      }
  }
  return { form: 's3-batch', uploads, ignored: [], refused: faults };
}

function uploadOf(
  { s3Key, s3VersionId, s3Bucket, s3BucketArn }: z.infer<typeof TASK>,
  where: string,
): UploadEvent {
  const bucket = s3Bucket ?? s3BucketArn?.split(/[:/]/).at(-1) ?? '';
  const versionId = s3VersionId ?? '';
  return {
    object: {
      bucket,
      key: decodeEventKey(s3Key, `${where}.s3Key`),
      ...(versionId === '' ? {} : { versionId }),
    },
    source: { kind: 'backfill', eventName: 's3-batch' },
  };
}
