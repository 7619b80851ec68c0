import type { JobFailureCause } from './job-metrics.js';

/** What a cause means, and what an operator does about it. */
export interface FailureAdvice {
  readonly meaning: string;
  readonly advice: string;
}

/** One text for each cause that a job can fail under; docs/failed-jobs.md has the table, and a test compares the two. */
export const FAILURE_ADVICE: Readonly<Record<JobFailureCause, FailureAdvice>> = {
  AccessDenied: {
    meaning: 'S3 refused the worker',
    advice:
      "allow the worker's role s3:GetObject and s3:GetObjectVersion on these objects (infra/iam/worker-policy.json), then replay",
  },
  Archived: {
    meaning: 'the object lies in an archive class and cannot be read',
    advice:
      'restore a copy (aws s3api restore-object) and replay once it is there; or set MIDSTATE_RESTORE and submit it again',
  },
  BucketNotFound: {
    meaning: 'there is no such bucket for this account and region',
    advice:
      'check the bucket, AWS_REGION and the account of the credentials; a bucket that was deleted needs no replay',
  },
  CorruptRead: {
    meaning: 'twice, the bytes read did not have the checksum that S3 holds',
    advice:
      'run `midstate hash` on another machine: if that agrees with S3, take the reading machine out of service and replay; if not, the stored object is damaged',
  },
  InvalidInput: {
    meaning: 'the job was started with something that it cannot do',
    advice:
      'the message says with what; start it anew with `midstate submit`: a replay would repeat the input',
  },
  KmsDenied: {
    meaning: 'the key that the object is encrypted with refused the worker, or is disabled',
    advice: "allow the worker's role kms:Decrypt on the key, or enable the key, then replay",
  },
  MidstateIncompatible: {
    meaning: 'the checkpoint that the job was to go on from cannot be read',
    advice: 'replay: it takes no such checkpoint a second time and reads from the start',
  },
  NoTagRoom: {
    meaning: 'the object has ten tags already',
    advice: 'remove some, or publish to sidecars; then submit with --again',
  },
  ObjectChanged: {
    meaning: 'the object was overwritten while it was read',
    advice: "nothing: the new version's own event hashes it",
  },
  ObjectGone: {
    meaning: 'the object was deleted',
    advice: 'nothing, unless it should be there',
  },
  QueueNotFound: {
    meaning: 'there is no such queue',
    advice: 'check MIDSTATE_QUEUE_URL; `midstate setup` makes the queue',
  },
  SidecarTaken: {
    meaning: "the sidecar's key holds an object that midstate did not write",
    advice: 'rename that object, or publish to tags; then submit with --again',
  },
  StoreUnavailable: {
    meaning: 'S3 did not answer, or answered with errors, for as long as the policy waits',
    advice:
      'see whether S3 is well again (`midstate doctor` from a worker), then replay; a larger MIDSTATE_GIVE_UP_AFTER_SECONDS, or none, waits longer',
  },
  TemporalUnavailable: {
    meaning: 'the Temporal server did not take a request of an activity',
    advice: 'see whether the server is well again, then replay',
  },
  Timeout: {
    meaning: 'an attempt took longer than a range may, again and again',
    advice:
      'look at the network between worker and S3, and at the load of the worker; then replay, with smaller ranges (MIDSTATE_RANGE_SIZE_BYTES) if it is slow for good',
  },
  Unknown: {
    meaning: 'a defect, or a failure outside of the taxonomy',
    advice: 'report it with the message, the version and the engine (`midstate doctor`); a replay may help',
  },
  WorkerFull: {
    meaning: "the workers' memory stayed full for as long as the policy waits",
    advice: 'more workers of the class, or a larger class, then replay',
  },
  WorkerLost: {
    meaning: 'the workers that took the work died of it, again and again',
    advice:
      'look for kills for memory (exit code 137); check that the limit fits the class, then replay; `midstate escalate` moves a running job to a larger class',
  },
  WorkerShutdown: {
    meaning: 'workers stopped again and again before the work was done',
    advice: 'let the workers run, then replay',
  },
};
