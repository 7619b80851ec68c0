import { MidstateError } from './failures.js';
import { isMemoryClassMB, MEMORY_CLASSES_MB, type MemoryClassMB } from './memory-classes.js';
import { checkChunkSize } from './ranges.js';

/** What a worker of a class does otherwise than the table of classes says; what is not there is as in the table. */
export interface ClassSetting {
  /** Bytes of one ranged GET, a multiple of 128. */
  readonly chunkSizeBytes?: number;
  /** GETs of one object under way at once, 1 to 16. */
  readonly connectionsPerObject?: number;
  /** Bounds the largest chunk: what the class reads in the seconds that a stop gives it. */
  readonly megabytesPerSecond?: number;
}

export type ClassTable = Partial<Readonly<Record<MemoryClassMB, ClassSetting>>>;

const BOUNDS: Readonly<Record<keyof ClassSetting, (value: number) => boolean>> = {
  chunkSizeBytes: (value) => checkChunkSize(value) === value,
  connectionsPerObject: (value) => Number.isInteger(value) && value >= 1 && value <= 16,
  megabytesPerSecond: (value) => value > 0 && value <= 100_000,
};

/**
 * Parses settings by class, e.g. `{"512": {"chunkSizeBytes": 20000000, "connectionsPerObject": 2}}`.
 * @throws MidstateError InvalidInput that names the class and the setting at fault
 */
export function parseClassTable(text: string): ClassTable {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch (cause) {
    throw wrong('JSON', cause instanceof Error ? cause.message : 'something else', cause);
  }
  if (!isRecord(parsed)) throw wrong('an object of classes', JSON.stringify(parsed));
  const table: Partial<Record<MemoryClassMB, ClassSetting>> = {};
  for (const [name, setting] of Object.entries(parsed)) {
    const memoryMB = Number(name);
    if (!isMemoryClassMB(memoryMB)) throw wrong(`classes of ${MEMORY_CLASSES_MB.join(', ')}`, name);
    table[memoryMB] = parseSetting(name, setting);
  }
  return table;
}

function parseSetting(memoryMB: string, setting: unknown): ClassSetting {
  if (!isRecord(setting)) throw wrong(`settings of ${memoryMB} MB`, JSON.stringify(setting));
  for (const [name, value] of Object.entries(setting)) {
    const isFine = Object.hasOwn(BOUNDS, name) ? BOUNDS[name as keyof ClassSetting] : undefined;
    if (isFine === undefined) throw wrong(`settings of ${Object.keys(BOUNDS).join(', ')}`, name);
    if (typeof value !== 'number' || !isFine(value)) {
      throw wrong(`a fitting ${name} of ${memoryMB} MB`, JSON.stringify(value));
    }
  }
  return setting;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function wrong(expected: string, actual: string, cause?: unknown): MidstateError {
  return new MidstateError('InvalidInput', `class table: expected ${expected}, got ${actual}`, { cause });
}
