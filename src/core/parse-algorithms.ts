import { ALGORITHMS, isAlgorithm, type Algorithm } from './algorithms.js';
import { MidstateError, printable } from './failures.js';

/** The names users may give, as error messages and `--help` print them. */
export const KNOWN_ALGORITHMS = ALGORITHMS.join(', ');

/**
 * Parses a comma-separated list such as `sha1, SHA-256`: in the order given, each algorithm once. Upper and lower
 * case, spaces around a name, and hyphens and underscores within one (`sha-1`, `CRC_32C`) make no difference.
 * @throws MidstateError InvalidInput when the list is empty or holds an unknown name; not retried
 */
export function parseAlgorithms(text: string): Algorithm[] {
  return checkAlgorithms([...new Set(text.split(',').map(normalise))]);
}

/**
 * Checks a list that may have come over the wire: at least one algorithm, all known, none twice.
 * @throws MidstateError InvalidInput, not retried
 */
export function checkAlgorithms(names: readonly string[]): Algorithm[] {
  const unknown = names.find((name) => !isAlgorithm(name));
  if (names.length === 0 || unknown === '') {
    throw new MidstateError(
      'InvalidInput',
      `algorithms: expected a list of ${KNOWN_ALGORITHMS}; got an empty name`,
    );
  }
  if (unknown !== undefined) {
    const got = printable(unknown.slice(0, 40));
    throw new MidstateError('InvalidInput', `algorithms: expected some of ${KNOWN_ALGORITHMS}; got "${got}"`);
  }
  if (new Set(names).size !== names.length) {
    throw new MidstateError('InvalidInput', `algorithms: expected each once; got ${names.join(', ')}`);
  }
  return names.filter(isAlgorithm);
}

function normalise(name: string): string {
  return name.trim().toLowerCase().replace(/[-_]/g, '');
}
