/** One line of the seed's table. */
export interface SeedRow {
  readonly memoryMB: number;
  readonly chunkMB: number;
  readonly objectMB: number;
  readonly memoryUsedMB: number;
  readonly firstRunSeconds: number;
  readonly secondRunSeconds: number;
  readonly averageMBPerSecond: number;
}

/**
 * The seed's table, as its author measured it by hand on AWS Lambda in 2021: a Python function, SHA-1, ranged GETs of
 * one chunk after another. MB are decimal.
 */
export const SEED_TABLE: readonly SeedRow[] = (
  [
    [128, 1, 100, 82, 4.91, 7.49, 16.13],
    [128, 1, 500, 82, 27.26, 30.74, 17.24],
    [128, 1, 1000, 82, 55.7, 74.82, 15.32],
    [128, 1, 5000, 82, 329.68, 329.68, 15.17],
    [128, 10, 100, 108, 5.18, 7.64, 15.6],
    [128, 10, 500, 108, 21.26, 24.96, 21.64],
    [128, 10, 1000, 108, 43.32, 49.82, 21.47],
    [128, 10, 5000, 108, 217.84, 240.16, 21.83],
    [256, 10, 100, 108, 2.65, 2.51, 38.76],
    [256, 10, 500, 108, 9.8, 10.8, 48.54],
    [256, 10, 1000, 108, 20.32, 21.48, 47.85],
    [256, 10, 5000, 108, 118.7, 99.08, 45.92],
    [256, 20, 100, 138, 2.64, 2.4, 39.68],
    [256, 20, 500, 138, 9.74, 9.92, 50.86],
    [256, 20, 1000, 138, 19.58, 19.92, 50.63],
    [256, 20, 5000, 138, 99.42, 97.44, 50.8],
    [256, 50, 100, 245, 3.55, 2.71, 31.95],
    [256, 50, 500, 245, 12.68, 12.52, 39.68],
    [256, 50, 1000, 245, 25.54, 25.4, 39.26],
    [256, 50, 5000, 245, 128.06, 127.5, 39.13],
    [512, 20, 100, 137, 1.5, 1.16, 75.19],
    [512, 20, 500, 137, 5.38, 5.34, 93.28],
    [512, 20, 1000, 137, 13.76, 13.8, 72.57],
    [512, 20, 5000, 137, 69.74, 69.74, 71.69],
    [512, 50, 100, 245, 2.07, 1.73, 52.63],
    [512, 50, 500, 245, 6.74, 6.52, 75.41],
    [512, 50, 1000, 245, 13.66, 14.3, 71.53],
    [512, 50, 5000, 245, 68.78, 70.21, 71.95],
    [1024, 20, 100, 137, 1.2, 1.1, 86.96],
    [1024, 20, 500, 137, 6.6, 5.29, 84.1],
    [1024, 20, 1000, 137, 14.57, 13.93, 70.18],
    [1024, 20, 5000, 137, 72.76, 69.57, 70.26],
    [1024, 50, 100, 246, 1.33, 1.21, 78.74],
    [1024, 50, 500, 246, 6.52, 6.53, 76.63],
    [1024, 50, 1000, 246, 14.46, 14.61, 68.8],
    [1024, 50, 5000, 246, 72.65, 72.69, 68.8],
    [2048, 20, 100, 138, 1.09, 1.06, 93.02],
    [2048, 20, 500, 138, 5.33, 5.35, 93.63],
    [2048, 20, 1000, 138, 13.89, 13.91, 71.94],
    [2048, 20, 5000, 138, 69.69, 69.56, 71.81],
  ] as const
).map(
  ([memoryMB, chunkMB, objectMB, memoryUsedMB, firstRunSeconds, secondRunSeconds, averageMBPerSecond]) => ({
    memoryMB,
    chunkMB,
    objectMB,
    memoryUsedMB,
    firstRunSeconds,
    secondRunSeconds,
    averageMBPerSecond,
  }),
);

/** The seed's line for a class, a chunk and an object size in bytes; undefined where it measured none. */
export function seedRowOf(memoryMB: number, chunkBytes: number, objectBytes: number): SeedRow | undefined {
  return SEED_TABLE.find(
    (row) =>
      row.memoryMB === memoryMB &&
      row.chunkMB === Math.round(chunkBytes / 1e6) &&
      row.objectMB === Math.round(objectBytes / 1e6),
  );
}
