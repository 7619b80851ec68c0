import type { LambdaHandler } from '@temporalio/lambda-worker';
import { PromiseCompletionTimeoutError } from '@temporalio/worker';
import type { Context } from 'aws-lambda';
import { openClassWorker } from './open-class-worker.js';

/** Kept from one invocation to the next; a failed attempt is made again. */
let opened: Promise<LambdaHandler> | undefined;

// Begun while Lambda initialises the function: that is not billed by the class's share of a CPU.
openOnce().catch(() => undefined);

/**
 * The Lambda function's handler (`index.handler`): takes ranges and small objects of the memory class that is the
 * function's size from their task queues, until the deadline is near or there is nothing left to do. Whatever invokes
 * it, the event is not looked at.
 *
 * @throws MidstateError InvalidInput: a setting, or the function's memory size
 */
export async function handler(event: unknown, context: Context): Promise<void> {
  const run = await openOnce();
  try {
    await run(event, context);
  } catch (error) {
    // Says that the workers stopped before the deadline: they were idle.
    if (!(error instanceof PromiseCompletionTimeoutError)) throw error;
  }
}

async function openOnce(): Promise<LambdaHandler> {
  opened ??= openClassWorker().catch((error: unknown) => {
    opened = undefined;
    throw error;
  });
  return await opened;
}
