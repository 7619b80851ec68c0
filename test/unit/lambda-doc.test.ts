import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { Estimator, type Cost } from '../../src/backfill/estimate.js';
import { PRICES } from '../../src/core/prices.js';
import { MEMORY_CLASSES_MB, memoryClass, type MemoryClassMB } from '../../src/core/memory-classes.js';
import { formatTable } from '../setup/markdown-table.js';

const DOC = readFileSync(new URL('../../docs/lambda.md', import.meta.url), 'utf8');

/** One object of 1 TB, alone. */
function costOf(memoryClassMB: MemoryClassMB, lossBoundSeconds: number): Cost {
  const estimator = new Estimator();
  estimator.add({ sizeBytes: 1e12, memoryClassMB, algorithms: ['sha1'], publish: {}, lossBoundSeconds });
  return estimator.total().cost;
}

const dollars = (amount: number) => amount.toFixed(2);

test('docs/lambda.md has the cost of a terabyte as the estimate of `midstate backfill --dry-run` has it', () => {
  const rows = MEMORY_CLASSES_MB.map((memoryMB) => {
    const [usual, longest] = [costOf(memoryMB, 2), costOf(memoryMB, 60)];
    return [
      `${memoryMB} MB`,
      `${memoryClass(memoryMB).megabytesPerSecond} MB/s`,
      dollars(usual.workers),
      dollars(usual.s3Requests),
      dollars(usual.temporalActions),
      dollars(longest.temporalActions),
    ];
  });
  const head = ['class', 'speed', 'Lambda', 'S3', 'Temporal Cloud', 'with a loss bound of 60 s'];

  expect(DOC).toContain(formatTable(head, rows));
  expect(DOC).toContain(PRICES.asOf);
});
