import { MidstateError } from '../core/failures.js';
import { fixedJobSeconds } from '../core/job-needs.js';
import {
  isMemoryClassMB,
  MEMORY_CLASSES_MB,
  memoryClass,
  type MemoryClassMB,
} from '../core/memory-classes.js';
import { tryParseNumber } from './parse-quantities.js';

/** What a worker of a class does, whatever the number of objects it hashes at once. */
export interface ClassSpeed {
  readonly memoryMB: MemoryClassMB;
  /** Seconds of an object besides those for its bytes. */
  readonly fixedSeconds: number;
  /** Of the whole worker. */
  readonly megabytesPerSecond: number;
  /** Objects at once that it was measured with; undefined: any number share its speed. */
  readonly objectsAtOnce?: number;
  readonly source: string;
}

export type ClassSpeeds = ReadonlyMap<MemoryClassMB, ClassSpeed>;

/** The lower end of what each class did on AWS Lambda: the table of classes. */
export function tableSpeeds(): ClassSpeeds {
  return new Map(
    MEMORY_CLASSES_MB.map((memoryMB) => [
      memoryMB,
      {
        memoryMB,
        fixedSeconds: fixedJobSeconds(memoryMB),
        megabytesPerSecond: memoryClass(memoryMB).megabytesPerSecond,
        source: 'the table of classes (docs/memory-classes.md)',
      },
    ]),
  );
}

/**
 * Speeds given by hand: `100` for every class, or `256=50,512=90`, over those that are known.
 * @throws MidstateError InvalidInput
 */
export function givenSpeeds(text: string, known: ClassSpeeds): ClassSpeeds {
  const speeds = new Map(known);
  const set = (memoryMB: MemoryClassMB, megabytesPerSecond: number) => {
    speeds.set(memoryMB, {
      memoryMB,
      fixedSeconds: fixedJobSeconds(memoryMB),
      megabytesPerSecond,
      source: 'given',
    });
  };
  for (const part of text.split(',')) {
    const [, name, speed = ''] = /^\s*(?:(\d+)\s*=)?\s*([\d.]+)\s*$/.exec(part) ?? [];
    const megabytesPerSecond = tryParseNumber(speed) ?? 0;
    const memoryMB = name === undefined ? undefined : Number(name);
    if (megabytesPerSecond <= 0 || (memoryMB !== undefined && !isMemoryClassMB(memoryMB))) {
      throw new MidstateError(
        'InvalidInput',
        `plan: MB/s: expected one number, or a list like 256=50,512=90 of the classes ${MEMORY_CLASSES_MB.join(', ')}, got "${text}"`,
      );
    }
    if (memoryMB !== undefined) set(memoryMB, megabytesPerSecond);
    else for (const every of MEMORY_CLASSES_MB) set(every, megabytesPerSecond);
  }
  return speeds;
}

/**
 * Seconds that an object keeps one of a worker's slots, where each slot has its part of the worker's speed.
 * @param overheadSeconds in the place of the speed's own
 */
export function secondsOf(
  { fixedSeconds, megabytesPerSecond }: ClassSpeed,
  objectsAtOnce: number,
  overheadSeconds = fixedSeconds,
): (sizeBytes: number) => number {
  const bytesPerSecond = (megabytesPerSecond * 1_000_000) / objectsAtOnce;
  return (sizeBytes) => overheadSeconds + sizeBytes / bytesPerSecond;
}
