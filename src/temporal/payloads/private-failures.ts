import { DefaultFailureConverter } from '@temporalio/common';

/**
 * Puts a failure's message and stack into a payload, which the codec encrypts: both name the object. Workers find it by
 * this export, in the workflow bundle as well as outside.
 */
export const failureConverter = new DefaultFailureConverter({ encodeCommonAttributes: true });
