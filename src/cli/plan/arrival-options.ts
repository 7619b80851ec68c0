import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { MidstateError } from '../../core/failures.js';
import type { Arrivals } from '../../planning/arrivals.js';
import { readArrivalsCsv } from '../../planning/arrivals-csv.js';
import { parseBurst, parseRate, parseSizes } from '../../planning/parse-arrivals.js';
import { parseCount } from '../../planning/parse-quantities.js';
import type { PlanOptions } from './plan-options.js';

/**
 * What arrives: exactly one of a burst, a rate and a list.
 * @throws MidstateError InvalidInput
 */
export async function arrivalsOf({ burst, rate, csv, sizes, random }: PlanOptions): Promise<Arrivals> {
  if ([burst, rate, csv].filter((given) => given !== undefined).length !== 1) {
    throw new MidstateError(
      'InvalidInput',
      'plan: expected one of --burst, --rate, --csv, --target and --preset (see --help)',
    );
  }
  const mix = sizes === undefined ? undefined : parseSizes(sizes);
  const seed = random === undefined ? undefined : parseCount(random, 'random');
  if (burst !== undefined) return parseBurst(burst, mix);
  if (rate !== undefined) return parseRate(rate, mix, seed);
  return await readCsv(csv ?? '');
}

async function readCsv(file: string): Promise<Arrivals> {
  const input = file === '-' ? process.stdin : createReadStream(file);
  const failed = new Promise<never>((_, reject) => {
    input.once('error', (error: Error) => {
      reject(Object.assign(error, { path: file }));
    });
  });
  const lines = createInterface({ input, crlfDelay: Infinity });
  return await Promise.race([readArrivalsCsv(lines, file), failed]);
}
