import { MidstateError } from '../../core/failures.js';
import { HOLDER_NAMES, type HolderName } from '../../tuning/holders/holder.js';
import type { TuneOptions } from './tune-options.js';

/**
 * What is to hold workers; undefined: the first that can.
 * @throws MidstateError InvalidInput
 */
export function confinementOf({ confinement, unconfined }: TuneOptions): HolderName | 'none' | undefined {
  if (unconfined === true && confinement !== undefined)
    throw new MidstateError('InvalidInput', 'tune: expected either --confinement or --unconfined, got both');
  if (unconfined === true) return 'none';
  if (confinement === undefined) return undefined;
  const name = HOLDER_NAMES.find((one) => one === confinement);
  if (name !== undefined) return name;
  throw new MidstateError(
    'InvalidInput',
    `tune: confinement: expected one of ${HOLDER_NAMES.join(', ')}, got "${confinement}"`,
  );
}
