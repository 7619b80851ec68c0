import { jobNeeds } from '../core/job-needs.js';
import { memoryClass, type MemoryClassMB } from '../core/memory-classes.js';
import { PRICES } from '../core/prices.js';
import type { Scaling } from './scaling.js';
import type { Scenario } from './scenario.js';
import type { StationSummary } from './simulate.js';

/** In US dollars, at `PRICES`. */
export interface PlanCost {
  readonly compute: number;
  readonly s3Requests: number;
  readonly sqs: number;
  readonly temporal: number;
  readonly total: number;
  /** Of what is hashed; undefined where that is nothing. */
  readonly perTB: number | undefined;
  readonly pricesAsOf: string;
}

/** What is counted to be paid for. */
export interface PlanCounts {
  readonly gbSeconds: number;
  readonly s3Gets: number;
  readonly sqsRequests: number;
  readonly temporalActions: number;
}

/** Sent by S3, received and deleted, each in a request of its own: batches make it less. */
const SQS_REQUESTS_AN_OBJECT = 3;

/** Needs are kept for so many sizes of a class; more are computed each time. */
const MOST_SIZES = 10_000;

/** Adds up what each object asks for. */
export class NeedsCounter {
  s3Gets = 0;
  temporalActions = 0;
  objects = 0;
  readonly #known: readonly Map<number, { readonly gets: number; readonly temporalActions: number }>[];

  constructor(private readonly classes: readonly MemoryClassMB[]) {
    this.#known = classes.map(() => new Map());
  }

  add(classIndex: number, sizeBytes: number, seconds: number): void {
    const known = this.#known[classIndex];
    let needs = known?.get(sizeBytes);
    if (needs === undefined) {
      const memoryClassMB = this.classes[classIndex] ?? 512;
      needs = jobNeeds({ sizeBytes, memoryClassMB, algorithms: ['sha1'], publish: {} }, seconds);
      if (known !== undefined && known.size < MOST_SIZES) known.set(sizeBytes, needs);
    }
    this.objects += 1;
    this.s3Gets += needs.gets;
    this.temporalActions += needs.temporalActions;
  }
}

/** Seconds of memory, in GB of 1,024 MB, as AWS counts them. */
export function gbSecondsOf(
  stations: readonly StationSummary[],
  { bills }: Scaling,
  objectsAtOnce: number,
): number {
  return stations.reduce((sum, { memoryMB, slotSeconds, workerSeconds }) => {
    const seconds = bills === 'work' ? slotSeconds / objectsAtOnce : workerSeconds;
    return sum + seconds * (memoryMB / 1_024);
  }, 0);
}

/** What the counts come to. Workflow workers, the poller, and a Temporal server of your own are not in it. */
export function costOf(
  needs: NeedsCounter,
  stations: readonly StationSummary[],
  scaling: Scaling,
  { objectsAtOnce, temporal }: Pick<Scenario, 'objectsAtOnce' | 'temporal'>,
): { readonly cost: PlanCost; readonly counts: PlanCounts } {
  const gbSeconds = gbSecondsOf(stations, scaling, objectsAtOnce);
  const sqsRequests = needs.objects * SQS_REQUESTS_AN_OBJECT;
  const parts = {
    compute: scaling.bills === 'work' ? lambdaCost(gbSeconds, needs.objects) : fargateCost(stations),
    s3Requests: (needs.s3Gets * PRICES.s3GetsPerThousand) / 1_000,
    sqs: (sqsRequests * PRICES.sqsRequestsPerMillion) / 1_000_000,
    temporal:
      temporal === 'cloud' ? (needs.temporalActions * PRICES.temporalActionsPerMillion) / 1_000_000 : 0,
  };
  const total = parts.compute + parts.s3Requests + parts.sqs + parts.temporal;
  const bytes = stations.reduce((sum, station) => sum + station.bytes, 0);
  return {
    cost: {
      ...parts,
      total,
      perTB: bytes === 0 ? undefined : total / (bytes / 1e12),
      pricesAsOf: PRICES.asOf,
    },
    counts: { gbSeconds, s3Gets: needs.s3Gets, sqsRequests, temporalActions: needs.temporalActions },
  };
}

function lambdaCost(gbSeconds: number, invocations: number): number {
  return (
    gbSeconds * PRICES.lambdaPerGBSecond + (invocations * PRICES.lambdaInvocationsPerMillion) / 1_000_000
  );
}

function fargateCost(stations: readonly StationSummary[]): number {
  return stations.reduce((sum, { memoryMB, workerSeconds }) => {
    const perHour =
      memoryClass(memoryMB).cpuShare * PRICES.fargatePerVcpuHour +
      (memoryMB / 1_024) * PRICES.fargatePerGBHour;
    return sum + (workerSeconds / 3_600) * perHour;
  }, 0);
}
