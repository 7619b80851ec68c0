import type { LogFacts } from '../../core/log-facts.js';
import type { MessageQueue } from '../../core/ports.js';
import type { StartUpload } from '../start-upload.js';
import type { MessageWatch } from './message-watch.js';

/** Runs work that needs the Temporal server, and waits while that does not take it. */
export type ThroughGate = <T>(work: () => Promise<T>) => Promise<T>;

export interface PollerDependencies {
  readonly queue: MessageQueue;
  /** Makes what deals with an upload; every request to the Temporal server must go through the gate. */
  readonly createStartUpload: (throughGate: ThroughGate) => StartUpload;
  readonly log: (event: string, facts: LogFacts) => void;
  readonly watch?: MessageWatch;
}

export interface PollerSettings {
  /** Long polls at once while the queue is full; one while it is empty. */
  readonly maxPolls: number;
  /** Messages in hand, never more. */
  readonly maxInHand: number;
  /** How long a poll waits for a message. A stop waits for it: a poll that is broken off may have been handed a message. */
  readonly waitSeconds: number;
  /** After a stop, polls that are out get their wait and so much more before they are broken off. */
  readonly stopMarginMs: number;
  /** Pause after a fault outside; doubled each time, up to `maxFaultPauseMs`. */
  readonly faultPauseMs: number;
  readonly maxFaultPauseMs: number;
  /** How long a message done with waits for others to be deleted together. */
  readonly deleteLingerMs: number;
}

export const DEFAULT_POLLER_SETTINGS: PollerSettings = {
  maxPolls: 8,
  maxInHand: 100,
  waitSeconds: 5,
  stopMarginMs: 2_000,
  faultPauseMs: 1_000,
  maxFaultPauseMs: 30_000,
  deleteLingerMs: 20,
};
