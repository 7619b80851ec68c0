import { setTimeout as delay } from 'node:timers/promises';
import type { InvocationReport } from './execution-environment.js';
import { invocationsToAdd } from './backlog.js';

export interface ServedClass {
  readonly name: string;
  readonly slots: number;
  readonly readBacklog: () => Promise<number>;
  readonly invoke: () => Promise<InvocationReport>;
}

export interface InvokerOptions {
  readonly classes: readonly ServedClass[];
  /** Invocations of one function at once. */
  readonly most: number;
  readonly intervalMs?: number;
  readonly onReport: (name: string, report: InvocationReport) => void;
  /** Takes what keeps it from looking, or from invoking; it goes on. */
  readonly onError: (name: string, error: unknown) => void;
}

/** An invocation asks for work so long after its beginning, at the latest: cold, in a small class. */
const STARTING_MS = 4_000;

/**
 * Invokes worker functions while work waits on their task queues: for servers that do not do it themselves. Stateless
 * but for what it has in flight; two of them invoke more than is needed, and nothing else happens.
 */
export class BacklogInvoker {
  readonly #stop = new AbortController();
  readonly #inFlight = new Map<string, Set<{ readonly sinceMs: number }>>();
  #loops: Promise<void>[] = [];
  readonly #invocations = new Set<Promise<void>>();

  constructor(private readonly options: InvokerOptions) {}

  start(): void {
    this.#loops = this.options.classes.map((served) => this.#follow(served));
  }

  /** Adds no more; resolves when those in flight have ended. */
  async stop(): Promise<void> {
    this.#stop.abort();
    await Promise.all(this.#loops);
    await Promise.all(this.#invocations);
  }

  async #follow(served: ServedClass): Promise<void> {
    const { signal } = this.#stop;
    const isStopped = () => signal.aborted;
    while (!isStopped()) {
      try {
        const backlog = await served.readBacklog();
        if (!isStopped()) this.#add(served, backlog);
      } catch (error) {
        this.options.onError(served.name, error);
      }
      await delay(this.options.intervalMs ?? 500, undefined, { signal }).catch(() => undefined);
    }
  }

  #add(served: ServedClass, backlog: number): void {
    const inFlight = this.#inFlight.get(served.name) ?? new Set();
    this.#inFlight.set(served.name, inFlight);
    const starting = [...inFlight].filter(({ sinceMs }) => Date.now() - sinceMs < STARTING_MS).length;
    const { slots } = served;
    const count = invocationsToAdd({
      backlog,
      slots,
      inFlight: inFlight.size,
      starting,
      most: this.options.most,
    });
    for (let added = 0; added < count; added++) {
      const invocation = this.#invoke(served, inFlight);
      this.#invocations.add(invocation);
      void invocation.finally(() => this.#invocations.delete(invocation));
    }
  }

  async #invoke(served: ServedClass, inFlight: Set<{ readonly sinceMs: number }>): Promise<void> {
    const ticket = { sinceMs: Date.now() };
    inFlight.add(ticket);
    try {
      this.options.onReport(served.name, await served.invoke());
    } catch (error) {
      this.options.onError(served.name, error);
    } finally {
      inFlight.delete(ticket);
    }
  }
}
