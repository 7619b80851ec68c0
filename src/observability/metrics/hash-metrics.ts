import { Counter, Gauge, type Registry } from 'prom-client';
import { ALGORITHMS } from '../../core/algorithms.js';
import { memoryClass, type MemoryClassMB } from '../../core/memory-classes.js';

/** Why a range is read on by another attempt; `WorkerLost`: its worker was killed, as the next attempt finds. */
export const RETRY_CAUSES = ['StoreUnavailable', 'WorkerLost', 'WorkerShutdown', 'Unknown'] as const;

export type HashMetrics = ReturnType<typeof createHashMetrics>;

/** What a worker of a memory class counts. Each series is there from the start, at zero: an alert sees the first event. */
export function createHashMetrics(registry: Registry, memoryMB: MemoryClassMB) {
  const registers = [registry];
  const { slots } = memoryClass(memoryMB);
  const metrics = {
    readBytes: new Counter({
      name: 'midstate_s3_read_bytes_total',
      help: 'Bytes of object bodies taken from S3.',
      registers,
    }),
    hashedBytes: new Counter({
      name: 'midstate_hashed_bytes_total',
      help: 'Bytes of the ranges hashed to their end, for each algorithm.',
      labelNames: ['algorithm'],
      registers,
    }),
    rereadBytes: new Counter({
      name: 'midstate_reread_bytes_total',
      help: 'Bytes taken from S3 more than once, as far as attempts could report; counted at the range’s end.',
      registers,
    }),
    ranges: new Counter({
      name: 'midstate_ranges_total',
      help: 'Ranges hashed to their end; an object of one chunk or less is one.',
      registers,
    }),
    retries: new Counter({
      name: 'midstate_range_retries_total',
      help: 'Attempts at a range that another attempt went on from, by what ended them.',
      labelNames: ['cause'],
      registers,
    }),
    inFlight: new Gauge({
      name: 'midstate_objects_in_flight',
      help: 'Objects being hashed now.',
      registers,
    }),
    slots: new Gauge({
      name: 'midstate_object_slots',
      help: 'Objects this worker hashes at once, at most.',
      registers,
    }),
    classBytes: new Gauge({
      name: 'midstate_memory_class_bytes',
      help: 'Memory that the worker’s class allows.',
      registers,
    }),
  };
  metrics.slots.set(slots);
  metrics.classBytes.set(memoryMB * 2 ** 20);
  for (const algorithm of ALGORITHMS) metrics.hashedBytes.inc({ algorithm }, 0);
  for (const cause of RETRY_CAUSES) metrics.retries.inc({ cause }, 0);
  return metrics;
}
