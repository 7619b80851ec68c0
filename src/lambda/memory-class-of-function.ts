import { MidstateError } from '../core/failures.js';
import { isMemoryClassMB, MEMORY_CLASSES_MB, type MemoryClassMB } from '../core/memory-classes.js';

/**
 * The memory class of a worker function: its memory size, which Lambda tells it.
 * @throws MidstateError InvalidInput when that is no class
 */
export function memoryClassOfFunction(env: Readonly<Record<string, string | undefined>>): MemoryClassMB {
  const memoryMB = Number(env['AWS_LAMBDA_FUNCTION_MEMORY_SIZE']);
  if (isMemoryClassMB(memoryMB)) return memoryMB;
  throw new MidstateError(
    'InvalidInput',
    'worker function: its memory size is no memory class; change MemorySize',
    {
      facts: {
        expected: `one of ${MEMORY_CLASSES_MB.join(', ')} (MB)`,
        actual: env['AWS_LAMBDA_FUNCTION_MEMORY_SIZE'] ?? 'no AWS_LAMBDA_FUNCTION_MEMORY_SIZE',
      },
    },
  );
}
