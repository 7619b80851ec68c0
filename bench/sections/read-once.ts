import type { Algorithm } from '../../src/core/algorithms.js';
import { takeTurns, type Entry, type Sample } from '../compare.js';
import { cheapestHash } from '../comparison.js';
import { cpuSecondsPerGB } from '../figures.js';
import { isHashAlone, type Contender, type ContenderId } from '../peers/contender.js';
import type { Endpoint, Protocol } from '../stage/s3-servers.js';
import { pairUp, ratio, summarize, summarizePairs, type Summary } from '../statistics.js';
import type { BenchContext } from './bench-context.js';

/** Several algorithms in one read, beside the sum of what it cannot do without. CPU-seconds a GB. */
export interface OneRead {
  readonly protocol: Protocol;
  readonly algorithms: readonly Algorithm[];
  readonly engine: Summary;
  readonly marginalEngine: Summary;
  /** One drain and the hashes alone, each by the cheaper implementation. */
  readonly sum: Summary;
  readonly marginalSum: Summary;
  readonly toSum: Summary;
  readonly marginalToSum: Summary;
}

const ALGORITHMS: readonly Algorithm[] = ['sha1', 'sha256', 'crc64nvme'];

/** Hashes with three algorithms in one read, over each protocol; none where a part of the sum cannot be measured. */
export async function readOnce(context: BenchContext): Promise<OneRead[]> {
  const find = (id: ContenderId) => context.contenders.find((contender) => contender.id === id);
  const [engine, curl] = [find('engine-native'), find('curl')];
  if (engine === undefined || curl === undefined) return [];
  const results: OneRead[] = [];
  for (const endpoint of context.endpoints) results.push(await readOnceOver(context, endpoint, engine, curl));
  return results;
}

async function readOnceOver(
  context: BenchContext,
  endpoint: Endpoint,
  engine: Contender,
  curl: Contender,
): Promise<OneRead> {
  const { plan, cgroups, report, environment } = context;
  const sizeBytes = plan.objectBytes;
  const [object, tiny] = [await context.objectOf(sizeBytes), await context.objectOf(1)];
  const task = { endpoint, object, algorithms: ALGORITHMS };
  const readers = [engine, curl].flatMap((contender): Entry[] => [
    { name: contender.id, contender, task },
    { name: onOneByte(contender), contender, task: { ...task, object: tiny } },
  ]);
  const hashes = context.contenders.filter(isHashAlone);
  const alone = ALGORITHMS.flatMap((algorithm) =>
    hashes
      .filter(({ algorithms }) => algorithms.includes(algorithm))
      .map((contender) => ({
        name: alonePerAlgorithm(contender, algorithm),
        contender,
        task: { ...task, algorithms: [algorithm] },
      })),
  );
  report(
    `${ALGORITHMS.join(' + ')} in one read over ${endpoint.protocol.toUpperCase()}: ${String(plan.rounds)} rounds`,
  );
  const turns = { rounds: plan.rounds, cgroups, signal: environment.signal };
  const samples = await takeTurns([...readers, ...alone], turns);
  const perGB = (name: string) => cpuSecondsPerGB(samples.get(name) ?? [], sizeBytes);
  const sumOf = (drain: readonly number[]) => addHashes(drain, hashes, samples, sizeBytes);
  const whole = { engine: perGB(engine.id), sum: sumOf(perGB(curl.id)) };
  const marginal = {
    engine: less(whole.engine, perGB(onOneByte(engine))),
    sum: sumOf(less(perGB(curl.id), perGB(onOneByte(curl)))),
  };
  return {
    protocol: endpoint.protocol,
    algorithms: ALGORITHMS,
    engine: summarize(whole.engine),
    marginalEngine: summarize(marginal.engine),
    sum: summarize(whole.sum),
    marginalSum: summarize(marginal.sum),
    toSum: summarizePairs(whole.engine, whole.sum, ratio),
    marginalToSum: summarizePairs(marginal.engine, marginal.sum, ratio),
  };
}

/** The drain and each hash alone, by the implementation that is cheapest for it, round by round. */
function addHashes(
  drain: readonly number[],
  hashes: readonly Contender[],
  samples: ReadonlyMap<string, Sample[]>,
  sizeBytes: number,
): readonly number[] {
  return ALGORITHMS.reduce<readonly number[]>((sum, algorithm) => {
    const series = hashes.flatMap((contender) => {
      const taken = samples.get(alonePerAlgorithm(contender, algorithm));
      return taken === undefined ? [] : [{ id: contender.id, title: contender.title, samples: taken }];
    });
    const cheapest = cheapestHash(series, sizeBytes);
    if (cheapest === undefined) throw new Error(`no hash alone of ${algorithm} was measured`);
    return pairUp(sum, cheapest.perGB, (a, b) => a + b);
  }, drain);
}

function less(all: readonly number[], startUps: readonly number[]): number[] {
  return pairUp(all, startUps, (one, start) => one - start);
}

function onOneByte({ id }: Contender): string {
  return `${id} on one byte`;
}

function alonePerAlgorithm({ id }: Contender, algorithm: Algorithm): string {
  return `${id} ${algorithm}`;
}
