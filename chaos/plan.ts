import {
  ANSWER_FAULTS,
  KILL_TARGETS,
  MACHINE_FAULTS,
  NETWORK_FAULTS,
  type Fault,
  type LightFault,
} from './faults.js';
import { seededRandom } from './seeded-random.js';

/** How much of everything a run has. */
export interface ChaosSettings {
  /** Objects that are being hashed at any time while faults are injected. */
  readonly inFlight: number;
  /** Of these, so many of 20 MB or more, and of 100 MB or more. */
  readonly mediumInFlight: number;
  readonly largeInFlight: number;
  readonly largestBytes: number;
  /** Of each connection between a worker and S3, so that objects are in flight long enough to be struck. */
  readonly bytesPerSecond: number;
  /** How often each target is killed. */
  readonly killsPerTarget: number;
  /** How often each of these happens. */
  readonly eachNetworkFault: number;
  readonly eachAnswerFault: number;
  readonly eachMachineFault: number;
  readonly overwrites: number;
  readonly deletions: number;
  /** Seconds between one spoiled answer and the next, on average. */
  readonly answerGapSeconds: number;
  /** Faults end after so long, whether or not all of the plan was done. */
  readonly faultMinutes: number;
  /** Objects may take so long to end after the last fault. */
  readonly drainMinutes: number;
  /** What a run must have injected to count. */
  readonly leastFaults: number;
  readonly leastKills: number;
}

export const FULL: ChaosSettings = {
  inFlight: 200,
  mediumInFlight: 8,
  largeInFlight: 8,
  largestBytes: 200_000_000,
  bytesPerSecond: 250_000,
  killsPerTarget: 5,
  eachNetworkFault: 12,
  eachAnswerFault: 60,
  eachMachineFault: 3,
  overwrites: 20,
  deletions: 10,
  answerGapSeconds: 1.5,
  faultMinutes: 30,
  drainMinutes: 8,
  leastFaults: 500,
  leastKills: 30,
};

export const QUICK: ChaosSettings = {
  inFlight: 60,
  mediumInFlight: 4,
  largeInFlight: 2,
  largestBytes: 110_000_000,
  bytesPerSecond: 1_000_000,
  killsPerTarget: 1,
  eachNetworkFault: 1,
  eachAnswerFault: 5,
  eachMachineFault: 1,
  overwrites: 2,
  deletions: 1,
  answerGapSeconds: 2,
  faultMinutes: 3,
  drainMinutes: 2,
  leastFaults: 40,
  leastKills: 6,
};

/** Faults of which one is over before the next begins, and others that happen all the while. */
export interface ChaosPlan {
  readonly heavy: readonly Fault[];
  readonly light: readonly LightFault[];
}

/**
 * The faults of a run, their order, their lengths and places: the same for the same seed. What they strike depends on
 * where the work stands when they do, and that is never the same twice.
 */
export function planFaults(seed: string, settings: ChaosSettings): ChaosPlan {
  const random = seededRandom(seed, 'faults');
  const rounds = Array.from({ length: settings.killsPerTarget }, () => random.shuffled(KILL_TARGETS));
  const kills = rounds.flat().map((target): Fault => {
    return { kind: 'kill', target, seconds: 0.3 + 3 * random.next() };
  });
  const network = times(settings.eachNetworkFault, NETWORK_FAULTS).map((what): Fault => {
    return { kind: 'network', what, seconds: 0.3 + 3.5 * random.next() };
  });
  const machine = times(settings.eachMachineFault, MACHINE_FAULTS).map((what): Fault => {
    return { kind: 'machine', what, seconds: 2 + 3 * random.next() };
  });
  const answers = times(settings.eachAnswerFault, ANSWER_FAULTS).map((what): LightFault => {
    return { kind: 'answer', what, place: random.next() };
  });
  const objects: LightFault[] = [
    ...times(settings.overwrites, ['overwritten'] as const),
    ...times(settings.deletions, ['deleted'] as const),
  ].map((what) => ({ kind: 'object', what }));
  return {
    // The rounds of kills keep their order: a process is well again before it is killed once more.
    heavy: mixedIn(kills, random.shuffled([...network, ...machine]), () => random.next()),
    light: random.shuffled([...answers, ...objects]),
  };
}

function times<T>(count: number, items: readonly T[]): T[] {
  return items.flatMap((item) => Array.from({ length: count }, () => item));
}

/** Both lists in their own order, mixed. */
function mixedIn<T>(first: readonly T[], second: readonly T[], random: () => number): T[] {
  const [a, b] = [[...first], [...second]];
  const mixed: T[] = [];
  while (a.length + b.length > 0) {
    const from = random() * (a.length + b.length) < a.length ? a : b;
    mixed.push(...from.splice(0, 1));
  }
  return mixed;
}
