import type { HashObjectInput, Source } from '../../core/contracts.js';
import { MidstateError, type FailureFacts } from '../../core/failures.js';

/** An object to hash, as its event tells it. */
export interface UploadEvent {
  readonly object: HashObjectInput['object'];
  readonly source: Source;
}

/** An event that asks for nothing: acknowledged, never hashed. */
export interface IgnoredEvent {
  /** Its name, as S3 or EventBridge gives it. */
  readonly event: string;
  readonly reason: string;
  readonly bucket?: string;
  readonly key?: string;
}

/** The forms that a message body may have. */
export const MESSAGE_FORMS = ['s3-notification', 's3-test', 'eventbridge', 's3-batch', 'lines'] as const;
export type MessageForm = (typeof MESSAGE_FORMS)[number];

/** What a message body says. */
export interface MessageContents {
  readonly form: MessageForm;
  /** True when it came in an envelope of SNS. */
  readonly viaSns?: boolean;
  readonly uploads: readonly UploadEvent[];
  readonly ignored: readonly IgnoredEvent[];
  /** Records that cannot be understood, beside others that can. Each is a MidstateError InvalidInput. */
  readonly refused: readonly MidstateError[];
}

/** Why a message or a record is refused; the dead-letter queue is grouped by it. Wire API: never renamed. */
export const REFUSALS = [
  'not-json',
  'unknown-form',
  'unknown-version',
  'unknown-source',
  'bad-record',
  'bad-key',
  'sns-confirmation',
  'bucket-not-found',
] as const;
export type Refusal = (typeof REFUSALS)[number];

/** The failure that says why a message is refused: its `facts.reason` is one of `REFUSALS`. */
export function refused(reason: Refusal, text: string, facts: FailureFacts = {}): MidstateError {
  return new MidstateError('InvalidInput', `message: ${text}`, { facts: { ...facts, reason } });
}

/** The reason inside a refusal; undefined for a failure that is none. */
export function refusalOf({ facts }: MidstateError): Refusal | undefined {
  return REFUSALS.find((reason) => reason === facts['reason']);
}
