import { join } from 'node:path';
import { MidstateError } from '../../core/failures.js';
import type { FunctionState, LambdaFunction } from '../../storage/lambda-function.js';
import type { Cell, WorkerSetup } from '../cell.js';
import type { Run } from '../state-file.js';
import type { LambdaConditions } from '../tune-result.js';
import type { TuneStage } from '../tune-stage.js';
import type { WorkerHost } from '../worker-host.js';
import { dollarsPerGBSecond, estimateRuns, type LambdaEstimate } from './lambda-cost.js';
import { LambdaWorker } from './lambda-worker.js';
import { TunedVersions } from './tuned-versions.js';

/** A worker function on AWS Lambda to tune on. */
export interface LambdaPlace {
  readonly lambda: LambdaFunction;
  /** Is told what the runs will take, before anything is made; false: nothing is done. */
  readonly approve: (estimate: LambdaEstimate) => Promise<boolean>;
}

export interface LambdaHostOptions {
  readonly place: LambdaPlace;
  readonly stateFile: string;
  readonly isFresh: boolean;
  /** Smallest object of the matrix: each run begins with one. */
  readonly warmUpBytes: number;
  /** Where this process finds Temporal. */
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly say: (line: string) => void;
  readonly stop: AbortSignal;
}

/**
 * Workers are versions of a Lambda function.
 * @throws MidstateError InvalidInput where the function is none of midstate's worker functions, works for another Temporal
 *   namespace, or is in the hands of another tuning
 */
export async function openLambdaHost(options: LambdaHostOptions): Promise<WorkerHostOfLambda> {
  const { place, stateFile, isFresh, say } = options;
  const { lambda } = place;
  const versions = await TunedVersions.open({ lambda, stateFile, isFresh, say });
  const state = await lambda.describe();
  requireWorker(lambda.name, state);
  requireSameTemporal(options, state);
  return new WorkerHostOfLambda(options, versions, state);
}

export class WorkerHostOfLambda implements WorkerHost {
  constructor(
    private readonly options: LambdaHostOptions,
    private readonly versions: TunedVersions,
    private readonly state: FunctionState,
  ) {}

  /**
   * Says what the runs will cost, and asks.
   * @throws MidstateError InvalidInput when the answer is no
   */
  async approve(left: readonly Cell[]): Promise<void> {
    const { place, warmUpBytes } = this.options;
    if (await place.approve(estimateRuns(left, warmUpBytes, this.state))) return;
    throw new MidstateError('InvalidInput', 'tune: nothing done: --yes runs it without a question', {
      facts: { function: place.lambda.name },
    });
  }

  conditions(runs: readonly Run[]): ReturnType<WorkerHost['conditions']> {
    const { architecture } = this.state;
    const billedGBSeconds = runs.reduce((sum, run) => sum + (run.billedGBSeconds ?? 0), 0);
    const lambda: LambdaConditions = {
      function: this.options.place.lambda.name,
      architecture,
      billedGBSeconds,
      billedDollars: billedGBSeconds * dollarsPerGBSecond(architecture),
    };
    return { confinement: 'lambda', lambda };
  }

  async prepare({ taskQueuePrefix }: TuneStage, setups: readonly WorkerSetup[]): Promise<void> {
    await this.versions.publish(setups, taskQueuePrefix, this.options.stop);
  }

  start({ logDir }: TuneStage, setup: WorkerSetup): Promise<LambdaWorker> {
    const { place, stop } = this.options;
    const { memoryMB } = setup;
    return Promise.resolve(
      LambdaWorker.start({
        lambda: place.lambda,
        alias: this.versions.aliasOf(setup),
        memoryMB,
        logFile: join(logDir, `lambda-${String(memoryMB)}.log`),
        stop,
      }),
    );
  }

  close(): Promise<void> {
    return this.versions.remove();
  }
}

function requireWorker(name: string, { variables, timeoutSeconds }: FunctionState): void {
  // The starter has a list of classes; a worker's class is its memory.
  const isWorker = 'TEMPORAL_ADDRESS' in variables && !('MIDSTATE_MEMORY_CLASSES' in variables);
  if (isWorker && timeoutSeconds >= 20) return;
  const facts = {
    function: name,
    expected:
      'TEMPORAL_ADDRESS and no MIDSTATE_MEMORY_CLASSES among its variables, a timeout of 20 s or more',
    actual: isWorker ? `a timeout of ${String(timeoutSeconds)} s` : Object.keys(variables).sort().join(', '),
  };
  throw new MidstateError(
    'InvalidInput',
    'tune: this is none of midstate’s worker functions; take one of those that the template deploys (infra/sam)',
    { facts },
  );
}

/** Jobs are started here and hashed there. */
function requireSameTemporal({ env, place, say }: LambdaHostOptions, { variables }: FunctionState): void {
  const namespace = env['TEMPORAL_NAMESPACE'] ?? 'default';
  const itsNamespace = variables['TEMPORAL_NAMESPACE'] ?? 'default';
  if (namespace !== itsNamespace)
    throw new MidstateError(
      'InvalidInput',
      'tune: the function works for another Temporal namespace; set TEMPORAL_NAMESPACE to its one',
      { facts: { function: place.lambda.name, expected: itsNamespace, actual: namespace } },
    );
  const itsAddress = variables['TEMPORAL_ADDRESS'] ?? '';
  if (env['TEMPORAL_ADDRESS'] !== itsAddress)
    say(
      `the function finds Temporal at ${itsAddress}, this command at ${env['TEMPORAL_ADDRESS'] ?? ''}: both must be the same server`,
    );
}
