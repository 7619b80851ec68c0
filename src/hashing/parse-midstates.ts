import {
  ALGORITHM_TRAITS,
  checkpointAlignmentBytes,
  isAlgorithm,
  type Algorithm,
} from '../core/algorithms.js';
import { MidstateError, type FailureFacts } from '../core/failures.js';
import { blake3StateSizeBytes } from './blake3-hash.js';

/** Valid midstates of a set of algorithms, all at one position. */
export interface ParsedMidstates {
  readonly bytesHashed: number;
  /** Canonical states, in the order of the algorithms asked for. */
  readonly states: readonly Uint8Array[];
}

/**
 * Parses the midstates that a hash is to go on from; they come from a history or a heartbeat, so nothing about
 * them is taken for granted, and nothing of a state is ever repeated in a message.
 * @param algorithms known ones, each once
 * @param from exactly one midstate for each, in any order
 * @throws MidstateError MidstateIncompatible, not retried
 */
export function parseMidstates(algorithms: readonly Algorithm[], from: readonly unknown[]): ParsedMidstates {
  const named = from.map(namedMidstate);
  const names = named.map(({ algorithm }) => algorithm);
  if (names.length !== algorithms.length || algorithms.some((algorithm) => !names.includes(algorithm))) {
    throw incompatible('midstates', `one each for ${algorithms.join(', ')}`, names.join(', ') || 'none');
  }
  const bytesHashed = samePosition(
    named.map(({ fields }) => fields.bytesHashed),
    algorithms,
  );
  const states = algorithms.map((algorithm) => {
    const state = named.find((midstate) => midstate.algorithm === algorithm)?.fields.state;
    return parseState(algorithm, bytesHashed, state);
  });
  return { bytesHashed, states };
}

/** Bytes of the canonical state of `algorithm` after `bytesHashed` bytes. */
export function stateSizeBytes(algorithm: Algorithm, bytesHashed: number): number {
  return ALGORITHM_TRAITS[algorithm].stateSizeBytes ?? blake3StateSizeBytes(bytesHashed);
}

function namedMidstate(value: unknown): { algorithm: Algorithm; fields: Record<string, unknown> } {
  if (typeof value !== 'object' || value === null)
    throw incompatible('midstate', 'an object', describe(value));
  const fields = value as Record<string, unknown>;
  const { format, algorithm } = fields;
  if (format !== 1) throw incompatible('midstate', 'format 1, the only one there is', describe(format));
  if (!isAlgorithm(algorithm)) throw incompatible('midstate', 'a known algorithm', describe(algorithm));
  return { algorithm, fields };
}

function samePosition(positions: readonly unknown[], algorithms: readonly Algorithm[]): number {
  const [first] = positions;
  const alignment = checkpointAlignmentBytes(algorithms);
  if (typeof first !== 'number' || !Number.isSafeInteger(first) || first < 0 || first % alignment !== 0) {
    throw incompatible('midstate', `bytesHashed a multiple of ${String(alignment)}`, describe(first));
  }
  const other = positions.find((position) => position !== first);
  if (other !== undefined) throw incompatible('midstates', `all at ${String(first)} bytes`, describe(other));
  return first;
}

function parseState(algorithm: Algorithm, bytesHashed: number, text: unknown): Uint8Array {
  const facts = { algorithm, bytesHashed };
  if (typeof text !== 'string') throw incompatible('midstate', 'a base64 state', typeof text, facts);
  const state = Buffer.from(text, 'base64');
  if (state.toString('base64') !== text)
    throw incompatible('midstate', 'a state in base64', 'other text', facts);
  const expectedBytes = stateSizeBytes(algorithm, bytesHashed);
  if (state.length !== expectedBytes) {
    throw incompatible('midstate', `a state of ${String(expectedBytes)} bytes`, String(state.length), facts);
  }
  return state;
}

function incompatible(
  what: string,
  expected: string,
  actual: string,
  facts: FailureFacts = {},
): MidstateError {
  const advice = 'hash the object from its start, without them';
  return new MidstateError(
    'MidstateIncompatible',
    `${what}: expected ${expected}, got ${actual}; ${advice}`,
    {
      facts,
    },
  );
}

/** Names a small plain value, and of anything else only the kind: a state in the wrong field must not get out. */
function describe(value: unknown): string {
  if (typeof value === 'number' || value === undefined || value === null) return String(value);
  if (typeof value === 'string' && /^[\w-]{1,12}$/.test(value)) return `"${value}"`;
  return typeof value === 'string' ? `text of ${String(value.length)} characters` : typeof value;
}
