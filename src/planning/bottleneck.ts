import type { MemoryClassMB } from '../core/memory-classes.js';
import type { Simulation } from './simulate.js';

/** What holds digests up most. */
export interface Bottleneck {
  readonly name: 'starting jobs' | 'scaling up' | 'number of workers' | 'speed of one worker';
  /** The class it is about; undefined for `starting jobs`. */
  readonly memoryMB: MemoryClassMB | undefined;
  /** Its part of all the seconds from arrival to digest, 0 to 1. */
  readonly share: number;
}

/** The cause that most of the time from arrival to digest is spent on, summed up over objects. */
export function bottleneckOf({ stations, startingWaitSeconds }: Simulation): Bottleneck {
  const causes = [
    { name: 'starting jobs' as const, memoryMB: undefined, seconds: startingWaitSeconds },
    ...stations.flatMap(({ memoryMB, scalingWaitSeconds, workersWaitSeconds, slotSeconds }) => [
      { name: 'scaling up' as const, memoryMB, seconds: scalingWaitSeconds },
      { name: 'number of workers' as const, memoryMB, seconds: workersWaitSeconds },
      { name: 'speed of one worker' as const, memoryMB, seconds: slotSeconds },
    ]),
  ];
  const total = causes.reduce((sum, { seconds }) => sum + seconds, 0);
  const [first] = causes.sort((a, b) => b.seconds - a.seconds);
  const { name, memoryMB } = first ?? { name: 'speed of one worker', memoryMB: undefined };
  return { name, memoryMB, share: total === 0 ? 0 : (first?.seconds ?? 0) / total };
}
