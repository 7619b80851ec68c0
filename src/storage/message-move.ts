import { setTimeout as delay } from 'node:timers/promises';
import {
  CancelMessageMoveTaskCommand,
  ListMessageMoveTasksCommand,
  SQSServiceException,
  StartMessageMoveTaskCommand,
  type SQSClient,
} from '@aws-sdk/client-sqs';
import { MidstateError } from '../core/failures.js';
import { translateAwsError } from './aws-failures.js';

export interface MoveProgress {
  readonly moved: number;
  /** Absent until the server has counted. */
  readonly toMove?: number;
}

export interface MoveOptions {
  readonly sourceArn: string;
  readonly destinationArn: string;
  readonly onProgress: (progress: MoveProgress) => void;
  /** Ends the task; what was moved stays moved. */
  readonly stop: AbortSignal;
}

const LOOK_EVERY_MS = 500;

/**
 * Has SQS move every message of a dead-letter queue back, and follows it to its end. Needs sqs:StartMessageMoveTask,
 * ListMessageMoveTasks, CancelMessageMoveTask; on the queues ReceiveMessage, DeleteMessage and SendMessage.
 *
 * @returns how many were moved; undefined where the server has no such tasks: nothing was done
 */
export async function moveMessages(client: SQSClient, options: MoveOptions): Promise<number | undefined> {
  const { sourceArn, destinationArn, onProgress, stop } = options;
  const failed = (action: string) => (error: unknown) => {
    throw translateAwsError(error, action, { queue: sourceArn });
  };
  let handle: string | undefined;
  try {
    const command = new StartMessageMoveTaskCommand({ SourceArn: sourceArn, DestinationArn: destinationArn });
    ({ TaskHandle: handle } = await client.send(command));
  } catch (error) {
    if (isUnsupported(error)) return undefined;
    return failed('start to move messages')(error);
  }
  for (;;) {
    await delay(LOOK_EVERY_MS, undefined, { signal: stop }).catch(() => undefined);
    if (stop.aborted) {
      await client
        .send(new CancelMessageMoveTaskCommand({ TaskHandle: handle }))
        .catch(failed('stop to move messages'));
    }
    const { Results } = await client
      .send(new ListMessageMoveTasksCommand({ SourceArn: sourceArn, MaxResults: 1 }))
      .catch(failed('follow the move of messages'));
    const [task] = Results ?? [];
    const moved = task?.ApproximateNumberOfMessagesMoved ?? 0;
    const toMove = task?.ApproximateNumberOfMessagesToMove;
    onProgress({ moved, ...(toMove === undefined ? {} : { toMove }) });
    if (task?.Status === 'FAILED') {
      throw new MidstateError('StoreUnavailable', 'move messages: SQS gave up; try again', {
        facts: { queue: sourceArn, moved, actual: task.FailureReason },
      });
    }
    if (task?.Status !== 'RUNNING' && task?.Status !== 'CANCELLING') return moved;
  }
}

/** What servers without move tasks answer, and AWS for a queue that cannot be moved from. */
function isUnsupported(error: unknown): boolean {
  if (!(error instanceof SQSServiceException)) return false;
  return /UnsupportedOperation|InvalidAction|NotImplemented|UnknownOperation/.test(error.name);
}
