import { MidstateError } from '../src/core/failures.js';
import { measureCommand, type MeasureOptions, type Measurement } from './measure/measure-command.js';
import type { Contender, ContenderId, HashTask } from './peers/contender.js';

/** One of the commands that take turns. */
export interface Entry {
  /** Unique among those that take turns. */
  readonly name: string;
  readonly contender: Contender;
  readonly task: HashTask;
}

/** What one run of an entry took. */
export interface Sample extends Measurement {
  /** Of the work alone, where the contender takes it itself. */
  readonly ownCpuSeconds: number | undefined;
}

export interface Turns extends MeasureOptions {
  readonly rounds: number;
  /** One more round first that is not counted. Default: true. */
  readonly warmUp?: boolean;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Runs all entries in turn, round after round (A B C A B C …). Every run's result is checked.
 * @throws MidstateError CorruptRead when a result is wrong; InvalidInput when a command fails
 */
export async function takeTurns(entries: readonly Entry[], turns: Turns): Promise<Map<string, Sample[]>> {
  const samples = new Map<string, Sample[]>(entries.map(({ name }) => [name, []]));
  for (let round = turns.warmUp === false ? 1 : 0; round <= turns.rounds; round++) {
    for (const entry of entries) {
      turns.signal?.throwIfAborted();
      const sample = await runOnce(entry, turns);
      if (round > 0) samples.get(entry.name)?.push(sample);
    }
  }
  return samples;
}

/** @throws MidstateError CorruptRead when the result is wrong */
export async function runOnce({ contender, task }: Entry, options: MeasureOptions): Promise<Sample> {
  const measurement = await measureCommand(contender.command(task), options);
  requireRightResult(contender, task, contender.resultOf(measurement.stdout));
  return { ...measurement, ownCpuSeconds: contender.ownCpuSeconds?.(measurement.stdout) };
}

/** @throws MidstateError CorruptRead when the digests (of curl: the byte count) are not the object's */
export function requireRightResult(
  { id, title }: Pick<Contender, 'id' | 'title'>,
  { object, algorithms }: Pick<HashTask, 'object' | 'algorithms'>,
  results: readonly string[],
): void {
  const expected = expectedResults(id, object, algorithms);
  if (results.length === expected.length && results.every((result, index) => result === expected[index]))
    return;
  throw new MidstateError('CorruptRead', `bench: ${title} has a wrong result`, {
    facts: {
      key: object.key,
      algorithms: algorithms.join(','),
      expected: expected.join(','),
      actual: results.join(','),
    },
  });
}

function expectedResults(
  id: ContenderId,
  { sizeBytes, digests, key }: HashTask['object'],
  algorithms: HashTask['algorithms'],
): string[] {
  if (id === 'curl') return [String(sizeBytes)];
  return algorithms.map((algorithm) => digests[algorithm] ?? `no ${algorithm} of ${key} is known`);
}
