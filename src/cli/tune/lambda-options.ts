import type { Config } from '../../config.js';
import { MidstateError } from '../../core/failures.js';
import { PRICES } from '../../core/prices.js';
import { formatCount, formatSeconds } from '../../planning/describe-plan.js';
import { createLambdaFunction } from '../../storage/lambda-function.js';
import type { LambdaEstimate } from '../../tuning/lambda/lambda-cost.js';
import type { LambdaPlace } from '../../tuning/lambda/lambda-host.js';
import { ask } from '../ask.js';
import type { TuneOptions } from './tune-options.js';

/** A name, or an ARN, without a version or an alias. */
const FUNCTION = /^(?:arn:aws[\w-]*:lambda:[\w-]+:\d{12}:function:)?[\w-]{1,64}$/;

/**
 * The function that `--lambda` names; undefined without it.
 * @throws MidstateError InvalidInput for options that do not go together, or where it is not said which Temporal server
 */
export function lambdaPlaceOf(options: TuneOptions, config: Config): LambdaPlace | undefined {
  const { lambda: name, bucket, confinement, unconfined, yes } = options;
  if (name === undefined) {
    if (yes === true) throw wrong('--yes goes with --lambda', 'no --lambda');
    return undefined;
  }
  if (!FUNCTION.test(name))
    throw wrong('--lambda with a function’s name, or its ARN, without version or alias', name);
  if (bucket === undefined)
    throw wrong('--bucket beside --lambda: the bucket that the function may read', 'none');
  if (confinement !== undefined || unconfined === true)
    throw wrong('no --confinement or --unconfined with --lambda: Lambda itself holds it', 'one');
  if (config.env['TEMPORAL_ADDRESS'] === undefined || config.env['TEMPORAL_ADDRESS'] === '')
    throw wrong('TEMPORAL_ADDRESS, the server that the function works for', 'none');
  const lambda = createLambdaFunction(config.aws, name);
  return {
    lambda,
    approve: async (estimate) => {
      process.stderr.write(`${describeEstimate(name, estimate)}\n`);
      return yes === true || (await ask('Do this?'));
    },
  };
}

/** What it will take, in a few lines. */
export function describeEstimate(name: string, estimate: LambdaEstimate): string {
  const { runs, versions, seconds, gbSeconds, dollars } = estimate;
  const total = dollars.lambda + dollars.s3 + dollars.temporal;
  const usd = (value: number) => `$${value.toFixed(value < 0.1 ? 4 : 2)}`;
  return [
    `On AWS Lambda, ${name}: ${counted(runs, 'run')}, each on one of ${counted(versions, 'version')} that the command publishes, about ${formatSeconds(Math.round(seconds))}.`,
    `It costs about ${usd(total)} (list prices of ${PRICES.asOf}): Lambda ${usd(dollars.lambda)} (${formatCount(gbSeconds)} GB-seconds), S3 ${usd(dollars.s3)}, Temporal ${usd(dollars.temporal)} if it is Temporal Cloud; traffic between regions comes to it.`,
    'Its memory and variables are changed while the versions are published, and set back then; versions and aliases are deleted at the end.',
  ].join('\n');
}

function counted(count: number, what: string): string {
  return `${formatCount(count)} ${what}${count === 1 ? '' : 's'}`;
}

function wrong(expected: string, got: string): MidstateError {
  return new MidstateError('InvalidInput', `tune: expected ${expected}; got ${got}`);
}
