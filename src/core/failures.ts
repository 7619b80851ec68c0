/** Names of every failure midstate can end with. They are wire API (Temporal failure types, search attributes): never renamed. */
export const FAILURE_NAMES = [
  'AccessDenied',
  'Archived',
  'BucketNotFound',
  'CorruptRead',
  'InvalidInput',
  'KmsDenied',
  'MidstateIncompatible',
  'NoTagRoom',
  'ObjectChanged',
  'ObjectGone',
  'QueueNotFound',
  'SidecarTaken',
  'StoreUnavailable',
  'TemporalUnavailable',
  'WorkerFull',
  'WorkerLost',
  'WorkerShutdown',
] as const;

export type FailureName = (typeof FAILURE_NAMES)[number];

/** Facts that locate a failure. Never a midstate, a body or a credential. */
export interface FailureFacts {
  readonly bucket?: string | undefined;
  readonly key?: string | undefined;
  readonly versionId?: string | undefined;
  readonly range?: string | undefined;
  readonly expected?: string | undefined;
  readonly actual?: string | undefined;
  readonly [fact: string]: string | number | undefined;
}

/** Whether trying again, unchanged, can help. Exhaustive on purpose: a new name must decide. */
export function isRetryable(name: FailureName): boolean {
  switch (name) {
    case 'StoreUnavailable':
    case 'TemporalUnavailable':
    case 'WorkerFull':
    case 'WorkerShutdown':
      return true;
    case 'AccessDenied':
    case 'Archived':
    case 'BucketNotFound':
    // The workflow reads the object once more from its start; the same range again would prove nothing.
    case 'CorruptRead':
    case 'InvalidInput':
    case 'KmsDenied':
    case 'MidstateIncompatible':
    case 'NoTagRoom':
    case 'ObjectChanged':
    case 'ObjectGone':
    case 'QueueNotFound':
    case 'SidecarTaken':
    // The workflow moves the work to another class: the same one would lose it again.
    case 'WorkerLost':
      return false;
  }
}

/** The one error class of midstate: what failed, where, expected and actual, and what to do. */
export class MidstateError extends Error {
  override readonly name = 'MidstateError';
  readonly failure: FailureName;
  readonly facts: FailureFacts;
  readonly retryAfterMs: number | undefined;

  constructor(
    failure: FailureName,
    message: string,
    options: { facts?: FailureFacts; cause?: unknown; retryAfterMs?: number } = {},
  ) {
    super(
      `${message}${formatFacts(options.facts)}`,
      options.cause === undefined ? {} : { cause: options.cause },
    );
    this.failure = failure;
    this.facts = options.facts ?? {};
    this.retryAfterMs = options.retryAfterMs;
  }
}

/** Escapes control characters (C0, C1, line and direction marks), so that a key can never steer a terminal or split a log line. */
export function printable(text: string): string {
  return text.replace(/[\u0000-\u001f\u007f-\u009f\u2028-\u202e\u2066-\u2069\u200e\u200f\u061c]/g, (c) => {
    return `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`;
  });
}

function formatFacts(facts: FailureFacts | undefined): string {
  const known = Object.entries(facts ?? {}).filter(([, value]) => value !== undefined);
  if (known.length === 0) return '';
  return ` [${known.map(([name, value]) => `${name}=${printable(String(value))}`).join(', ')}]`;
}
