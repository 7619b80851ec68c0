import type { Algorithm } from '../core/algorithms.js';
import type { HashObjectInput } from '../core/contracts.js';
import { proofPolicy } from './proof-options.js';
import type { SubmitOptions } from './submit-command.js';

/**
 * Adds what `submit` was asked for. A digest can only be compared with one that is computed: what is expected is
 * computed too.
 *
 * @throws MidstateError InvalidInput for options that do not go together
 */
export function adjustInput(input: HashObjectInput, options: SubmitOptions): HashObjectInput {
  const { expect = {}, memoryClass } = options;
  const claimed = Object.keys(expect) as Algorithm[];
  return {
    ...input,
    algorithms: [...new Set([...input.algorithms, ...claimed])],
    ...(claimed.length === 0 ? {} : { expected: { ...input.expected, ...expect } }),
    policy: {
      ...input.policy,
      ...(memoryClass === undefined ? {} : { memoryClassMB: memoryClass }),
      ...proofPolicy(options),
    },
  };
}
