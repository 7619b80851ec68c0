import { MidstateError } from '../../core/failures.js';
import { makePlan } from '../../planning/make-plan.js';
import { parseTarget } from '../../planning/parse-arrivals.js';
import { parseSeconds } from '../../planning/parse-quantities.js';
import { seedPlan } from '../../planning/seed-preset.js';
import { smallestOf, solveTarget } from '../../planning/solve-target.js';
import { tunedSpeeds } from '../../planning/tuned-speeds.js';
import { readTuneResult } from '../../tuning/tune-result.js';
import { arrivalsOf } from './arrival-options.js';
import type { PlanOptions } from './plan-options.js';
import { printSeed, reportPlans, reportTarget, writePage } from './report-plan.js';
import { alternativeOf, scenarioOf, type SpeedSource } from './scenario-options.js';

/**
 * Plans what the options say, and reports it.
 * @throws MidstateError InvalidInput
 */
export async function runPlan(options: PlanOptions): Promise<void> {
  if (options.preset !== undefined) {
    await runPreset(options.preset, options);
    return;
  }
  const speedsAt = speedSourceOf(options);
  if (options.target !== undefined) {
    await runTarget(options.target, options, speedsAt);
    return;
  }
  const arrivals = await arrivalsOf(options);
  const { horizon, compare = [] } = options;
  const horizonSeconds = horizon === undefined ? undefined : parseSeconds(horizon);
  const scenarios = [
    scenarioOf(options, speedsAt),
    ...compare.map((text) => alternativeOf(text, options, speedsAt)),
  ];
  const plans = scenarios.map((scenario) => makePlan(arrivals, scenario, { horizonSeconds }));
  await reportPlans(plans, options);
}

async function runPreset(name: string, options: PlanOptions): Promise<void> {
  if (name !== 'seed') {
    throw new MidstateError('InvalidInput', `plan: preset: expected seed, got "${name}"`);
  }
  const plan = seedPlan();
  await reportPlans([plan], options);
  if (options.json !== true) printSeed(plan);
}

async function runTarget(text: string, options: PlanOptions, speedsAt?: SpeedSource): Promise<void> {
  const answers = solveTarget(parseTarget(text), scenarioOf(options, speedsAt));
  reportTarget(answers, options.json);
  if (options.html === undefined) return;
  const smallest = smallestOf(answers);
  const plans = answers.flatMap((answer) => ('plan' in answer ? [answer.plan] : []));
  const others = plans.filter((plan) => plan !== smallest?.plan);
  await writePage(options.html, smallest === undefined ? others : [smallest.plan, ...others]);
}

function speedSourceOf({ tune }: PlanOptions): SpeedSource | undefined {
  if (tune === undefined) return undefined;
  const result = readTuneResult(tune);
  return (objectsAtOnce) => tunedSpeeds(result, objectsAtOnce);
}
