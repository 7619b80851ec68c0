import type { VersioningBehavior } from '@temporalio/common';
import type { WorkerDeploymentOptions } from '@temporalio/worker';
import { MidstateError } from '../core/failures.js';

/** A version of a worker deployment, as Temporal knows it. */
export interface DeploymentVersion {
  readonly deploymentName: string;
  readonly buildId: string;
}

/**
 * The version that a worker says it is of, from Temporal's own variables; undefined where there is none, and the worker
 * takes tasks beside those without a version.
 *
 * @throws MidstateError InvalidInput when only one of the two is there
 */
export function deploymentVersionOf(
  env: Readonly<Record<string, string | undefined>>,
): DeploymentVersion | undefined {
  const deploymentName = env['TEMPORAL_DEPLOYMENT_NAME'] ?? '';
  const buildId = env['TEMPORAL_WORKER_BUILD_ID'] ?? '';
  if (deploymentName === '' && buildId === '') return undefined;
  if (deploymentName !== '' && buildId !== '') return { deploymentName, buildId };
  throw new MidstateError(
    'InvalidInput',
    'worker version: expected TEMPORAL_DEPLOYMENT_NAME and TEMPORAL_WORKER_BUILD_ID, or neither of them; set the other one',
    {
      facts: {
        actual: deploymentName === '' ? 'TEMPORAL_WORKER_BUILD_ID alone' : 'TEMPORAL_DEPLOYMENT_NAME alone',
      },
    },
  );
}

/**
 * Worker options by which a worker takes only what belongs to its version; none where it has no version.
 * @param behavior of the jobs it starts to run: `PINNED` to its version, or `AUTO_UPGRADE` to whichever is current
 * @throws MidstateError InvalidInput as `deploymentVersionOf`
 */
export function versioningOptions(
  env: Readonly<Record<string, string | undefined>>,
  behavior: VersioningBehavior,
): { workerDeploymentOptions?: WorkerDeploymentOptions } {
  const version = deploymentVersionOf(env);
  if (version === undefined) return {};
  return {
    workerDeploymentOptions: { version, useWorkerVersioning: true, defaultVersioningBehavior: behavior },
  };
}
