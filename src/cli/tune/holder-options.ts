import { MidstateError } from '../../core/failures.js';
import { cgroupHolder } from '../../tuning/holders/cgroup-holder.js';
import { chooseHolder } from '../../tuning/holders/choose-holder.js';
import { createDockerHolder } from '../../tuning/holders/docker-holder.js';
import { HOLDER_NAMES, type Holder } from '../../tuning/holders/holder.js';
import { noHolder } from '../../tuning/holders/no-holder.js';
import { createSystemdHolder } from '../../tuning/holders/systemd-holder.js';
import type { TuneOptions } from './tune-options.js';

/**
 * What is to hold the workers: what the options say, else the first that can.
 * @throws MidstateError InvalidInput; AccessDenied where nothing can, with the reason of each
 */
export async function holderOf({ confinement, unconfined, dockerImage }: TuneOptions): Promise<Holder> {
  if (unconfined === true && confinement !== undefined)
    throw new MidstateError('InvalidInput', 'tune: expected either --confinement or --unconfined, got both');
  if (unconfined === true) return noHolder;
  const wanted = HOLDER_NAMES.find((name) => name === confinement);
  if (confinement !== undefined && wanted === undefined)
    throw new MidstateError(
      'InvalidInput',
      `tune: confinement: expected one of ${HOLDER_NAMES.join(', ')}, got "${confinement}"`,
    );
  const docker = createDockerHolder(dockerImage === undefined ? {} : { image: dockerImage });
  return await chooseHolder([cgroupHolder, createSystemdHolder(), docker], wanted);
}
