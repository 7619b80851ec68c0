import { Context } from '@temporalio/activity';

export interface StopSignal {
  /** Aborts reads: at once on a cancellation, after the hand-over time on a graceful stop. */
  readonly readSignal: AbortSignal;
  /** True once a worker shutdown or a pause asks for the midstate to be handed on: nothing more is asked of the store. */
  readonly shouldHandOn: () => boolean;
  readonly dispose: () => void;
}

/**
 * Splits Temporal's one cancellation signal: cancelled, timed out or reset means stop now; a worker that shuts
 * down, or a paused activity, means finish the chunks that were asked for (so that no byte is read twice), then hand
 * the midstate on.
 *
 * @param handOverMs how long that may take
 */
export function createStopSignal(handOverMs: number): StopSignal {
  // Taken now: the listener is called outside the activity's async context, where there is no current one.
  const context = Context.current();
  const cancellation = context.cancellationSignal;
  const reads = new AbortController();
  let handOn = false;
  let timer: NodeJS.Timeout | undefined;
  const onCancel = () => {
    const details = context.cancellationDetails;
    handOn = details?.workerShutdown === true || details?.paused === true;
    if (!handOn) {
      reads.abort(cancellation.reason);
      return;
    }
    timer = setTimeout(() => {
      reads.abort(cancellation.reason);
    }, handOverMs);
  };
  if (cancellation.aborted) onCancel();
  else cancellation.addEventListener('abort', onCancel, { once: true });
  return {
    readSignal: reads.signal,
    shouldHandOn: () => handOn,
    dispose: () => {
      clearTimeout(timer);
      cancellation.removeEventListener('abort', onCancel);
    },
  };
}
