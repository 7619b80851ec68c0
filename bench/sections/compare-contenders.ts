import type { Algorithm } from '../../src/core/algorithms.js';
import { formatBytes } from '../../src/core/format-bytes.js';
import { takeTurns, type Entry, type Sample } from '../compare.js';
import { compareSeries, type Comparison } from '../comparison.js';
import { isHashAlone, type Contender } from '../peers/contender.js';
import type { Endpoint } from '../stage/s3-servers.js';
import type { BenchContext } from './bench-context.js';

interface Compared {
  readonly algorithms: readonly Algorithm[];
  readonly sizeBytes: number;
  /** False where every contender has run before. */
  readonly warmUp: boolean;
}

/** Compares every contender that has the algorithm, over each protocol, on an object of the size. */
export async function compareContenders(
  context: BenchContext,
  { algorithms, sizeBytes, warmUp }: Compared,
): Promise<Comparison[]> {
  const comparisons: Comparison[] = [];
  for (const algorithm of algorithms) {
    for (const endpoint of context.endpoints)
      comparisons.push(await compareOn(context, endpoint, { algorithm, sizeBytes, warmUp }));
  }
  return comparisons;
}

async function compareOn(
  context: BenchContext,
  endpoint: Endpoint,
  { algorithm, sizeBytes, warmUp }: Omit<Compared, 'algorithms'> & { readonly algorithm: Algorithm },
): Promise<Comparison> {
  const { plan, cgroups, report, environment } = context;
  const [object, tiny] = [await context.objectOf(sizeBytes), await context.objectOf(1)];
  const contenders = context.contenders.filter((contender) => contender.algorithms.includes(algorithm));
  const task = { endpoint, object, algorithms: [algorithm] };
  const entries = contenders.flatMap((contender): Entry[] => [
    { name: contender.id, contender, task },
    ...(isHashAlone(contender)
      ? []
      : [{ name: startUpOf(contender), contender, task: { ...task, object: tiny } }]),
  ]);
  report(
    `${algorithm} over ${endpoint.protocol.toUpperCase()}, ${formatBytes(sizeBytes)}: ${String(plan.rounds)} rounds of ${contenders.map(({ id }) => id).join(', ')}`,
  );
  const samples = await takeTurns(entries, {
    rounds: plan.rounds,
    warmUp,
    cgroups,
    signal: environment.signal,
  });
  return compareSeries(
    { protocol: endpoint.protocol, algorithm, sizeBytes },
    contenders.map((contender) => ({
      id: contender.id,
      title: contender.title,
      samples: taken(samples, contender.id),
      startUps: isHashAlone(contender) ? undefined : taken(samples, startUpOf(contender)),
    })),
  );
}

function startUpOf({ id }: Contender): string {
  return `${id} on one byte`;
}

function taken(samples: ReadonlyMap<string, Sample[]>, name: string): Sample[] {
  return samples.get(name) ?? [];
}
