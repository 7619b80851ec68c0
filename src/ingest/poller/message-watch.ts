import type { GivenUp, QueueMessage } from '../../core/ports.js';
import type { IgnoredEvent } from '../events/message-contents.js';
import type { UploadOutcome } from '../start-upload.js';

/** Looks on while messages are handled: metrics, traces. Nothing of it may throw. */
export interface MessageWatch {
  /** Runs `handle`, which never rejects, and may run it inside of something. */
  handling(message: QueueMessage, handle: () => Promise<void>): Promise<void>;
  /** An upload was dealt with. */
  dealtWith?(outcome: UploadOutcome): void;
  ignored?(event: IgnoredEvent): void;
  /** A message that cannot be understood went to the dead-letter queue. */
  refused?(message: QueueMessage, why: GivenUp): void;
  /** A message failed and stays in the queue. */
  left(message: QueueMessage, error: unknown): void;
  /** False from the moment that Temporal does not take starts until it does again. */
  gate?(isOpen: boolean): void;
}

/** Nobody looks on. */
export const UNWATCHED: MessageWatch = {
  handling: (_message, handle) => handle(),
  left: () => undefined,
};
