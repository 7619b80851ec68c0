import type { Algorithm } from '../core/algorithms.js';
import type { EngineName } from '../core/engine-names.js';

/** `note`: it works, and could be better or has not been asked for; `failed`: it does not work. */
export type FindingState = 'ok' | 'note' | 'failed';

/** One line of the report: what was looked at, how it is, and what to do about it. */
export interface Finding {
  readonly name: 'engine' | 'node' | 'processor' | 'memory' | 'temporal' | 's3' | 'sqs';
  readonly state: FindingState;
  readonly detail: string;
}

/** Millions of bytes hashed in a second of one core's time; undefined where there is no such implementation. */
export interface HashSpeed {
  readonly algorithm: Algorithm;
  readonly native?: number;
  readonly portable: number;
  /** Node's own `crypto.createHash`. */
  readonly nodeCrypto?: number;
}

/** What `midstate doctor --json` prints. */
export interface DoctorReport {
  /** False when a finding failed. */
  readonly ok: boolean;
  /** The engine that hashes here. */
  readonly engine: EngineName;
  readonly findings: readonly Finding[];
  readonly speeds: readonly HashSpeed[];
}
