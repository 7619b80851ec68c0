import { MEMORY_CLASSES_MB, type MemoryClassMB } from '../core/memory-classes.js';
import { burstOf } from './arrivals.js';
import { secondsOf } from './class-speeds.js';
import { makePlan, speedOf, type Plan } from './make-plan.js';
import type { Target } from './parse-arrivals.js';
import type { Scenario } from './scenario.js';

/** The smallest fleet of one class that reaches a target, or why none does. */
export type TargetAnswer =
  | { readonly memoryMB: MemoryClassMB; readonly workers: number; readonly plan: Plan }
  | { readonly memoryMB: MemoryClassMB; readonly reason: string };

/** More workers than that are no answer. */
const MOST_WORKERS = 100_000;

/** Sums of seconds are off by less. */
const ROUNDING_SECONDS = 1e-6;

/**
 * For each class that the scenario leaves open, the fewest workers (`lambda`: the least maximum concurrency, `keda`: the
 * least maxReplicaCount) with which every object is done in time.
 */
export function solveTarget(target: Target, scenario: Scenario): TargetAnswer[] {
  const { memoryClass } = scenario;
  const classes = memoryClass === 'route' ? MEMORY_CLASSES_MB : [memoryClass];
  return classes.map((memoryMB) => solveForClass(target, { ...scenario, memoryClass: memoryMB }, memoryMB));
}

/** A fleet that reaches the target. */
export type Fleet = Extract<TargetAnswer, { workers: number }>;

/** Of the fleets that reach the target, the one with the least memory in all; the fewer workers where two have it. */
export function smallestOf(answers: readonly TargetAnswer[]): Fleet | undefined {
  return fleetsOf(answers).sort(
    (a, b) => a.workers * a.memoryMB - b.workers * b.memoryMB || a.workers - b.workers,
  )[0];
}

/** Of the fleets that reach the target, the one that costs least. */
export function cheapestOf(answers: readonly TargetAnswer[]): Fleet | undefined {
  return fleetsOf(answers).sort((a, b) => a.plan.cost.total - b.plan.cost.total)[0];
}

function fleetsOf(answers: readonly TargetAnswer[]): Fleet[] {
  return answers.flatMap((answer) => ('workers' in answer ? [answer] : []));
}

function solveForClass(target: Target, scenario: Scenario, memoryMB: MemoryClassMB): TargetAnswer {
  const arrivals = burstOf(target.objects, [{ sizeBytes: target.sizeBytes, share: 1 }]);
  const planWith = (workers: number) => makePlan(arrivals, withWorkers(scenario, workers));
  const reaches = (plan: Plan) => plan.drainSeconds <= target.seconds + ROUNDING_SECONDS;
  let enough = Math.min(target.objects, MOST_WORKERS);
  let plan = planWith(enough);
  if (!reaches(plan)) {
    const { drainSeconds, bottleneck } = plan;
    return { memoryMB, reason: `${String(Math.ceil(drainSeconds))} s at best: ${bottleneck.name}` };
  }
  let tooFew = fewestWithoutWaste(target, scenario, memoryMB) - 1;
  for (let tried = tooFew + 1; tried < enough; tried = Math.ceil(tried * 1.25)) {
    const found = planWith(tried);
    if (reaches(found)) [enough, plan] = [tried, found];
    else tooFew = tried;
  }
  while (enough - tooFew > 1) {
    const middle = Math.floor((enough + tooFew) / 2);
    const found = planWith(middle);
    if (reaches(found)) [enough, plan] = [middle, found];
    else tooFew = middle;
  }
  return { memoryMB, workers: enough, plan };
}

/** Workers that would do it if they never idled: no fewer can. */
function fewestWithoutWaste(target: Target, scenario: Scenario, memoryMB: MemoryClassMB): number {
  const { objectsAtOnce, overheadSeconds } = scenario;
  const seconds = secondsOf(speedOf(scenario, memoryMB), objectsAtOnce, overheadSeconds)(target.sizeBytes);
  const work = (target.objects * seconds) / objectsAtOnce;
  return Math.max(1, Math.ceil((work - ROUNDING_SECONDS) / (target.seconds + ROUNDING_SECONDS)));
}

function withWorkers(scenario: Scenario, workers: number): Scenario {
  const { scaling } = scenario;
  const name = `${String(workers)} x ${String(scenario.memoryClass)} MB`;
  return scaling.name === 'fixed'
    ? { ...scenario, name, scaling: { ...scaling, workers } }
    : { ...scenario, name, scaling: { ...scaling, mostWorkers: workers } };
}
