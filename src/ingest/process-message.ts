import { MidstateError } from '../core/failures.js';
import type { GivenUp } from '../core/ports.js';
import { refusalOf, type IgnoredEvent, type MessageContents } from './events/message-contents.js';
import { parseMessage } from './events/parse-message.js';
import type { StartUpload, UploadOutcome } from './start-upload.js';

/** What is to become of a message. */
export type Disposition =
  /** All that it asks for is done: delete it. */
  | { readonly kind: 'done' }
  /** It can never be understood: to the dead-letter queue. */
  | { readonly kind: 'poison'; readonly why: GivenUp }
  /** A fault outside: it must come again. */
  | { readonly kind: 'retry'; readonly error: unknown };

export interface MessageHooks {
  readonly onUpload: (outcome: UploadOutcome) => void;
  readonly onIgnored: (event: IgnoredEvent) => void;
}

/**
 * Does what a message body asks for: starts a job for each upload in it. A record that cannot be understood keeps no
 * other from its start. Never throws: a fault decides what becomes of the message.
 */
export async function processMessage(
  body: string,
  startUpload: StartUpload,
  hooks: MessageHooks,
): Promise<Disposition> {
  let contents: MessageContents;
  try {
    contents = parseMessage(body);
  } catch (error) {
    return dispositionOf([error]);
  }
  for (const event of contents.ignored) hooks.onIgnored(event);
  const outcomes = await Promise.allSettled(
    contents.uploads.map(async (upload) => {
      hooks.onUpload(await startUpload(upload));
    }),
  );
  const faults = outcomes.flatMap((outcome) =>
    outcome.status === 'rejected' ? [outcome.reason as unknown] : [],
  );
  return dispositionOf([...faults, ...contents.refused]);
}

/** A fault that passes comes first: while one start is owed, the message is not given up. */
function dispositionOf(faults: readonly unknown[]): Disposition {
  const passing = faults.find((fault) => !isPoison(fault));
  if (passing !== undefined) return { kind: 'retry', error: passing };
  const [first] = faults as MidstateError[];
  if (first === undefined) return { kind: 'done' };
  const more = faults.length === 1 ? '' : ` (and ${String(faults.length - 1)} more)`;
  return {
    kind: 'poison',
    why: { reason: refusalOf(first) ?? 'bucket-not-found', detail: `${first.message}${more}` },
  };
}

/** What lies in the message itself, and is the same at every delivery. */
function isPoison(fault: unknown): fault is MidstateError {
  return (
    fault instanceof MidstateError && (refusalOf(fault) !== undefined || fault.failure === 'BucketNotFound')
  );
}
