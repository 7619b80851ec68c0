import { MEMORY_CLASSES_MB, type MemoryClassMB } from './memory-classes.js';

/** One step of a route: objects below `belowBytes` go to `memoryClassMB`. The last step of a route has no bound. */
export interface RouteStep {
  readonly belowBytes?: number;
  readonly memoryClassMB: MemoryClassMB;
}

/** Which class an object's size asks for; steps with rising bounds. */
export type Route = readonly RouteStep[];

/** A route for the objects of a bucket, of a prefix, or of both; without either, for all. */
export interface RoutingRule {
  readonly bucket?: string;
  readonly prefix?: string;
  readonly route: Route;
}

/** Objects below this size go to the 256 MB class, the others to 512 MB. */
export const SMALL_CLASS_BELOW_BYTES = 100_000_000;

/** So long work waits for a worker of its class before another class is looked for. */
export const DEFAULT_UNSERVED_AFTER_SECONDS = 300;

/** The sweet spot of the measured table (docs/memory-classes.md). */
export const DEFAULT_ROUTE: Route = [
  { belowBytes: SMALL_CLASS_BELOW_BYTES, memoryClassMB: 256 },
  { memoryClassMB: 512 },
];

/** The route of the first rule that fits the object; undefined where none does, and the default holds. */
export function routeFor(
  rules: readonly RoutingRule[],
  object: { readonly bucket: string; readonly key: string },
): Route | undefined {
  return rules.find(
    ({ bucket, prefix = '' }) =>
      (bucket === undefined || bucket === object.bucket) && object.key.startsWith(prefix),
  )?.route;
}

/**
 * Chooses the class for an object: the one its route names for its size; where that class has no worker, the nearest
 * that has.
 *
 * @param served the classes that have workers; empty means all
 */
export function chooseMemoryClass(
  sizeBytes: number,
  served: readonly MemoryClassMB[] = [],
  route: Route = DEFAULT_ROUTE,
): MemoryClassMB {
  const step = route.find(({ belowBytes = Infinity }) => sizeBytes < belowBytes) ?? route.at(-1);
  const preferred = step?.memoryClassMB ?? 512;
  return nearestMemoryClass(preferred, served.length === 0 ? MEMORY_CLASSES_MB : served) ?? preferred;
}

/** What a job's policy says of its memory class. */
export interface ClassPolicy {
  readonly memoryClassMB?: MemoryClassMB;
  readonly servedMemoryClassesMB?: readonly MemoryClassMB[];
  readonly route?: Route;
}

/** The class that a job begins in: the one its policy names, else the one that its route chooses. */
export function classFor(policy: ClassPolicy | undefined, sizeBytes: number): MemoryClassMB {
  const { memoryClassMB, servedMemoryClassesMB, route } = policy ?? {};
  return memoryClassMB ?? chooseMemoryClass(sizeBytes, servedMemoryClassesMB, route);
}

/** The class itself if it is served, else the next larger one that is, else the next smaller; undefined if none is. */
export function nearestMemoryClass(
  wanted: MemoryClassMB,
  served: readonly MemoryClassMB[],
): MemoryClassMB | undefined {
  const rising = [...served].sort((a, b) => a - b);
  return rising.find((candidate) => candidate >= wanted) ?? rising.at(-1);
}

/** The next larger class that is served, for work that was lost in `from`; undefined if there is none. */
export function nextMemoryClass(
  from: MemoryClassMB,
  served: readonly MemoryClassMB[],
): MemoryClassMB | undefined {
  return [...served].sort((a, b) => a - b).find((candidate) => candidate > from);
}
