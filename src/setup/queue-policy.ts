import { createHash } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';

/** A statement of a resource policy; only those of midstate are looked into. */
export type Statement = Readonly<Record<string, unknown>> & { readonly Sid?: string };

export interface ResourcePolicy {
  readonly Version: string;
  readonly Statement: readonly Statement[];
  readonly [field: string]: unknown;
}

export interface BucketAccess {
  readonly queueArn: string;
  readonly bucket: string;
  /** Account that owns the bucket: a bucket's name may pass to somebody else after it is deleted. */
  readonly account: string;
}

/**
 * Lets S3 send to the queue, but only on behalf of this bucket in this account (User Guide, "Granting permissions to
 * publish event notification messages to a destination").
 */
export function bucketStatement({ queueArn, bucket, account }: BucketAccess): Statement {
  const partition = queueArn.split(':')[1] ?? 'aws';
  return {
    Sid: `Midstate${createHash('sha256').update(bucket).digest('hex').slice(0, 16)}`,
    Effect: 'Allow',
    Principal: { Service: 's3.amazonaws.com' },
    Action: 'sqs:SendMessage',
    Resource: queueArn,
    Condition: {
      ArnLike: { 'aws:SourceArn': `arn:${partition}:s3:::${bucket}` },
      StringEquals: { 'aws:SourceAccount': account },
    },
  };
}

/**
 * The queue's policy with our statement in it; everybody else's stay as they are.
 * @param text the `Policy` attribute as it is
 * @returns undefined when it is there already
 */
export function withStatement(text: string | undefined, statement: Statement): ResourcePolicy | undefined {
  const present = parsePolicy(text);
  const others = present.Statement.filter(({ Sid }) => Sid !== statement.Sid);
  const ours = present.Statement.filter(({ Sid }) => Sid === statement.Sid);
  if (ours.length === 1 && isDeepStrictEqual(ours[0], statement)) return undefined;
  return { ...present, Statement: [...others, statement] };
}

/** How many statements of others a policy has. */
export function countOthers(text: string | undefined, statement: Statement): number {
  return parsePolicy(text).Statement.filter(({ Sid }) => Sid !== statement.Sid).length;
}

function parsePolicy(text = ''): ResourcePolicy {
  if (text === '') return { Version: '2012-10-17', Statement: [] };
  const policy = JSON.parse(text) as ResourcePolicy & { Statement: Statement | Statement[] };
  return { ...policy, Statement: [policy.Statement].flat() };
}
