import { defineSearchAttributeKey } from '@temporalio/common';
import { ApplicationFailure, upsertMemo, upsertSearchAttributes } from '@temporalio/workflow';
import type { HashObjectInput } from '../../src/core/contracts.js';
import { FAILURE_MEMO, failureNote } from '../../src/core/failure-note.js';
import type { JobFailureCause } from '../../src/core/job-metrics.js';

/** A job that does nothing and ends as its key says: `hashed/…`, or `<cause>/…`. */
export async function hashObject({ object }: HashObjectInput): Promise<void> {
  await Promise.resolve();
  const [end = ''] = object.key.split('/');
  const [status, cause] = [
    defineSearchAttributeKey('HashStatus', 'KEYWORD'),
    defineSearchAttributeKey('HashCause', 'KEYWORD'),
  ];
  if (end === 'hashed') {
    upsertSearchAttributes([{ key: status, value: 'hashed' }]);
    return;
  }
  upsertSearchAttributes([
    { key: status, value: 'failed' },
    { key: cause, value: end },
  ]);
  upsertMemo({ [FAILURE_MEMO]: failureNote(end as JobFailureCause, 'as it was asked for', undefined) });
  throw ApplicationFailure.nonRetryable('as it was asked for', end);
}
