import { setTimeout as delay } from 'node:timers/promises';

export interface Patience {
  /** Default: 60,000. */
  readonly timeoutMs?: number;
  /** Pause between two looks. Default: 50. */
  readonly intervalMs?: number;
  /** What is waited for, for the error. */
  readonly what: string;
}

/**
 * Looks again and again until there is something to see: a value that is neither undefined nor false.
 * @throws Error with what was waited for, and the last error of a look that threw
 */
export async function eventually<T>(
  look: () => Promise<T | undefined | false> | T | undefined | false,
  { timeoutMs = 60_000, intervalMs = 50, what }: Patience,
): Promise<T> {
  const deadline = Date.now() + timeoutMs;
  let lastError: unknown;
  for (;;) {
    try {
      const seen = await look();
      if (seen !== undefined && seen !== false) return seen;
    } catch (error) {
      lastError = error;
    }
    if (Date.now() > deadline) {
      throw new Error(`${what}: not seen within ${String(timeoutMs / 1_000)} s`, { cause: lastError });
    }
    await delay(intervalMs);
  }
}

/** A promise with its switch, to hold something up until a test lets go. */
export interface Gate {
  readonly opened: Promise<void>;
  open(): void;
}

export function createGate(): Gate {
  let open: () => void = () => undefined;
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { opened, open };
}
