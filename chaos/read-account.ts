import { DEFAULT_LOSS_BOUND_SECONDS, heartbeatTiming } from '../src/core/loss-bound.js';
import { memoryClass } from '../src/core/memory-classes.js';

/** Reads that faults of one kind may have made necessary a second time. */
export interface Allowance {
  readonly kind: string;
  readonly faults: number;
  readonly bytes: number;
}

const SAMPLE_INTERVAL_MS = 100;

/** Follows what all workers read, and adds up what the faults allow to be read again. */
export class ReadAccount {
  readonly #samples: { readonly atMs: number; readonly bytes: number }[] = [];
  readonly #allowances = new Map<string, { faults: number; bytes: number }>();
  readonly #outages: { readonly kind: string; readonly fromMs: number; readonly untilMs: number }[] = [];
  readonly #timer: NodeJS.Timeout;

  constructor(private readonly bytesRead: () => number) {
    this.#take();
    this.#timer = setInterval(() => {
      this.#take();
    }, SAMPLE_INTERVAL_MS);
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  allow(kind: string, bytes: number): void {
    const { faults, bytes: before } = this.#allowances.get(kind) ?? { faults: 0, bytes: 0 };
    this.#allowances.set(kind, { faults: faults + 1, bytes: before + bytes });
  }

  /**
   * While the server is away no heartbeat reaches it. It may take every attempt for dead when it is back, and give its
   * range, from the last heartbeat it had, to another: what was read since one loss bound before the outage, and up to
   * one heartbeat timeout after it, by when each attempt has learnt that it is none any more.
   */
  allowOutage(kind: string, goneAtMs: number, backAtMs: number): void {
    const { heartbeatTimeoutMs } = heartbeatTiming(DEFAULT_LOSS_BOUND_SECONDS);
    this.#outages.push({
      kind,
      fromMs: goneAtMs - DEFAULT_LOSS_BOUND_SECONDS * 1_000,
      untilMs: backAtMs + heartbeatTimeoutMs,
    });
  }

  /** The attempt after a failed one goes on where the hash stood: what was read ahead, a chunk at most, is lost. */
  allowFailedAttempts(count: number): void {
    for (let failed = 0; failed < count; failed++) {
      this.allow('failed attempt: a chunk read ahead', memoryClass(512).chunkSizeBytes);
    }
  }

  get allowances(): readonly Allowance[] {
    for (const { kind, fromMs, untilMs } of this.#outages.splice(0)) {
      this.allow(kind, this.#readBetween(fromMs, untilMs));
    }
    return [...this.#allowances].map(([kind, allowed]) => ({ kind, ...allowed }));
  }

  /** When the workers last read something, after `sinceMs`; undefined: nothing since. */
  firstReadAfter(sinceMs: number): number | undefined {
    const before = this.#totalAt(sinceMs);
    return this.#samples.find(({ atMs, bytes }) => atMs > sinceMs && bytes > before)?.atMs;
  }

  #take(): void {
    const bytes = this.bytesRead();
    if (bytes !== this.#samples.at(-1)?.bytes) this.#samples.push({ atMs: Date.now(), bytes });
  }

  #readBetween(fromMs: number, untilMs: number): number {
    return this.#totalAt(untilMs) - this.#totalAt(fromMs);
  }

  #totalAt(atMs: number): number {
    return this.#samples.findLast((sample) => sample.atMs <= atMs)?.bytes ?? 0;
  }
}
