import { log } from '@temporalio/activity';
import type { ActivityInterceptorsFactory } from '@temporalio/worker';
import type { HashRangeResult } from '../../activities/index.js';
import type { ObjectRef } from '../core/contracts.js';
import type { LogFacts } from '../core/log-facts.js';

const HASHED: Readonly<Record<string, string>> = {
  hashRange: 'range hashed',
  hashSmallObject: 'object hashed',
};

/** Says in every log line of an activity which object it is about, and in one line what hashing it took. */
export function logActivities(): ActivityInterceptorsFactory {
  return ({ info }) => {
    let about: LogFacts = {};
    return {
      inbound: {
        async execute(input, next) {
          about = factsOfArgument(input.args[0]);
          const startedAt = performance.now();
          const result = await next(input);
          const message = HASHED[info.activityType];
          if (message !== undefined) {
            const { bytesRead, bytesReadTwice } = (result as HashRangeResult).stats;
            const seconds = Math.round(performance.now() - startedAt) / 1_000;
            log.info(message, { bytesRead, bytesReadTwice, seconds } satisfies LogFacts);
          }
          return result;
        },
      },
      outbound: { getLogAttributes: (attributes, next) => next({ ...attributes, ...about }) },
    };
  };
}

/** The object that an activity's argument is about: every activity takes one, or a description that holds one. */
export function objectOfArgument(argument: unknown): Partial<ObjectRef> {
  const { object, description } = argument as {
    object?: Partial<ObjectRef>;
    description?: { object: ObjectRef };
  };
  return object ?? description?.object ?? {};
}

function factsOfArgument(argument: unknown): LogFacts {
  const { bucket, key, versionId, etag, sizeBytes } = objectOfArgument(argument);
  return { bucket, key, versionId, etag, sizeBytes };
}
