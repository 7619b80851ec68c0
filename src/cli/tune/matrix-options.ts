import { alignDown, CHUNK_ALIGNMENT_BYTES } from '../../core/algorithms.js';
import { ENGINE_NAMES, type EngineName } from '../../core/engine-names.js';
import { MidstateError } from '../../core/failures.js';
import { isMemoryClassMB, MEMORY_CLASSES_MB, type MemoryClassMB } from '../../core/memory-classes.js';
import { parseAlgorithms } from '../../core/parse-algorithms.js';
import { checkChunkSize } from '../../core/ranges.js';
import { parseCount, parsePositive, parseSize } from '../../planning/parse-quantities.js';
import { FULL_MATRIX, QUICK_MATRIX, type Matrix } from '../../tuning/matrix.js';
import type { NetworkShape } from '../../tuning/tune-result.js';
import type { TuneOptions } from './tune-options.js';

/**
 * The matrix that the options describe; what they leave open is as in the seed's table, or with `--quick` less.
 * @throws MidstateError InvalidInput
 */
export function matrixOf(options: TuneOptions, hasPython: boolean): Matrix {
  const base = options.quick === true ? QUICK_MATRIX : FULL_MATRIX;
  const { classes, chunks, objects, algorithms, connections, atOnce, engines, runs } = options;
  const given = <T>(text: string | undefined, parse: (part: string) => T, fallback: readonly T[]) =>
    text === undefined ? fallback : [...new Set(text.split(',').map((part) => parse(part.trim())))];
  return {
    classesMB: given(classes, parseClass, base.classesMB),
    chunkBytes: given(chunks, parseChunk, base.chunkBytes),
    objectBytes: given(objects, parseObject, base.objectBytes),
    algorithms: algorithms === undefined ? base.algorithms : algorithms.map(parseAlgorithms),
    connections: given(connections, (text) => parseUpTo(text, 'connections', 16), base.connections),
    objectsAtOnce: given(atOnce, (text) => parseUpTo(text, 'at-once', 64), base.objectsAtOnce),
    engines: given(engines, parseEngine, base.engines),
    runs: runs === undefined ? base.runs : parseUpTo(runs, 'runs', 1_000),
    python: hasPython,
  };
}

/** @throws MidstateError InvalidInput */
export function networkOf({ bandwidthMbPerS, latencyMs, bucket }: TuneOptions): NetworkShape {
  if (bucket !== undefined && (bandwidthMbPerS !== undefined || latencyMs !== undefined)) {
    throw new MidstateError(
      'InvalidInput',
      'tune: --bandwidth-mb-per-s and --latency-ms shape the network to the embedded S3 server only, not to --bucket',
    );
  }
  return {
    ...(bandwidthMbPerS === undefined
      ? {}
      : { megabytesPerSecond: parsePositive(bandwidthMbPerS, 'bandwidth-mb-per-s') }),
    ...(latencyMs === undefined ? {} : { latencyMs: parsePositive(latencyMs, 'latency-ms') }),
  };
}

function parseClass(text: string): MemoryClassMB {
  const memoryMB = Number(text);
  if (isMemoryClassMB(memoryMB)) return memoryMB;
  throw wrong('classes', `some of ${MEMORY_CLASSES_MB.join(', ')}`, text);
}

/** Whole MB are what people say; a chunk is the next multiple of 128 bytes below. */
function parseChunk(text: string): number {
  const bytes = parseSize(/^[\d.]+$/.test(text) ? `${text} MB` : text);
  return checkChunkSize(alignDown(bytes, CHUNK_ALIGNMENT_BYTES));
}

function parseObject(text: string): number {
  const bytes = parseSize(/^[\d.]+$/.test(text) ? `${text} MB` : text);
  if (bytes >= 1) return bytes;
  throw wrong('objects', 'sizes like 100 MB or 5 GB', text);
}

function parseEngine(text: string): EngineName {
  const name = ENGINE_NAMES.find((candidate) => candidate === text);
  if (name !== undefined) return name;
  throw wrong('engines', `some of ${ENGINE_NAMES.join(', ')}`, text);
}

function parseUpTo(text: string, what: string, most: number): number {
  const count = parseCount(text, what);
  if (count <= most) return count;
  throw wrong(what, `at most ${String(most)}`, text);
}

function wrong(what: string, expected: string, got: string): MidstateError {
  return new MidstateError('InvalidInput', `tune: ${what}: expected ${expected}, got "${got}"`);
}
