import type { UploadOutcome } from '../start-upload.js';

/** What a poller tells while it works, for metrics and health; every callback may be left out, none may throw. */
export interface PollerEvents {
  /** A poll brought `count` messages; the oldest waited so long in the queue. */
  received?(count: number, oldestAgeMs: number | undefined): void;
  /** An upload was dealt with, so many milliseconds after its message was received. */
  uploadHandled?(kind: UploadOutcome['kind'], latencyMs: number): void;
  ignored?(event: string): void;
  /** A message was given up for this reason; `toDeadLetter` is false where it was left to the redrive policy. */
  refused?(reason: string, toDeadLetter: boolean): void;
  /** A message failed by a fault outside, and comes again in `delaySeconds`. */
  retried?(delaySeconds: number): void;
  deleted?(count: number): void;
  /** How many messages are in hand, and how many long polls are out. */
  load?(inHand: number, polls: number): void;
  /** False from the moment that Temporal does not take starts until it does again. */
  gate?(isOpen: boolean): void;
}
