import { MidstateError } from '../core/failures.js';
import { MEMORY_CLASSES_MB, type MemoryClassMB } from '../core/memory-classes.js';
import { adviseOn } from '../tuning/advise.js';
import type { CellResult, TuneResult } from '../tuning/tune-result.js';
import { tableSpeeds, type ClassSpeed, type ClassSpeeds } from './class-speeds.js';

/**
 * Speeds of the classes that were measured with so many objects at once; of the others, the table's. What an object
 * takes besides its bytes is what its seconds have in common over sizes.
 * @throws MidstateError InvalidInput where none was measured so
 */
export function tunedSpeeds(result: TuneResult, objectsAtOnce: number): ClassSpeeds {
  const tuned = MEMORY_CLASSES_MB.flatMap((memoryMB) => {
    const speed = speedOfClass(cellsOfClass(result, memoryMB, objectsAtOnce), memoryMB, objectsAtOnce);
    return speed === undefined ? [] : [[memoryMB, speed] as const];
  });
  if (tuned.length > 0) return new Map([...tableSpeeds(), ...tuned]);
  const measured = [...new Set(result.cells.map((cell) => cell.objectsAtOnce))].sort((a, b) => a - b);
  throw new MidstateError(
    'InvalidInput',
    `plan: the tune result has no speeds of ${String(objectsAtOnce)} objects at once; it has those of ${measured.join(', ')}: ` +
      'give one of them as --objects-at-once, or tune with --at-once',
  );
}

/** Cells of the class's best setting. */
function cellsOfClass(result: TuneResult, memoryMB: MemoryClassMB, objectsAtOnce: number): CellResult[] {
  const best = adviseOn(result).classes.find((one) => one.memoryMB === memoryMB);
  const cells = result.cells.filter(
    (cell) =>
      cell.memoryMB === memoryMB &&
      cell.runner === 'native' &&
      cell.objectsAtOnce === objectsAtOnce &&
      cell.seconds !== undefined,
  );
  const ofBest = cells.filter(
    ({ chunkSizeBytes, connections }) =>
      chunkSizeBytes === best?.chunkSizeBytes && connections === best.connections,
  );
  return ofBest.length > 0 ? ofBest : cells;
}

/** The line `fixed + bytes x slope` through the cells' seconds, each counted by its relative error. */
function speedOfClass(
  cells: readonly CellResult[],
  memoryMB: MemoryClassMB,
  objectsAtOnce: number,
): ClassSpeed | undefined {
  const points = cells.map(({ objectBytes, seconds }) => ({
    bytes: objectBytes,
    seconds: seconds?.median ?? 0,
  }));
  if (points.length === 0) return undefined;
  const { fixedSeconds, secondsPerByte } = fitLine(points);
  return {
    memoryMB,
    fixedSeconds,
    megabytesPerSecond: objectsAtOnce / secondsPerByte / 1e6,
    objectsAtOnce,
    source: `tuned, ${String(points.length)} ${points.length === 1 ? 'size' : 'sizes'}, ${String(objectsAtOnce)} at once`,
  };
}

/** Through the origin where there is one size only, or where the fixed part would be below nothing. */
function fitLine(points: readonly { readonly bytes: number; readonly seconds: number }[]): {
  fixedSeconds: number;
  secondsPerByte: number;
} {
  let [weights, x, y, xx, xy] = [0, 0, 0, 0, 0];
  for (const { bytes, seconds } of points) {
    const weight = 1 / seconds ** 2;
    weights += weight;
    x += weight * bytes;
    y += weight * seconds;
    xx += weight * bytes ** 2;
    xy += weight * bytes * seconds;
  }
  const determinant = weights * xx - x ** 2;
  const isOneSize = new Set(points.map(({ bytes }) => bytes)).size === 1;
  const secondsPerByte = isOneSize ? xy / xx : (weights * xy - x * y) / determinant;
  const fixedSeconds = isOneSize ? 0 : (y - secondsPerByte * x) / weights;
  return fixedSeconds < 0 || secondsPerByte <= 0
    ? { fixedSeconds: 0, secondsPerByte: xy / xx }
    : { fixedSeconds, secondsPerByte };
}
