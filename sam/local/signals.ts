import { constants } from 'node:os';
import { say } from './local-setup.js';

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** One Ctrl-C may come several times: from the terminal, and from each process that hands it on. */
const SAME_MS = 1_000;

/**
 * A signal that aborts when this process is told to stop; the log says by what. Told once more, it ends at once.
 */
export function stopOnSignals(): AbortSignal {
  const stop = new AbortController();
  let sinceMs = 0;
  for (const name of SIGNALS)
    process.on(name, () => {
      if (!stop.signal.aborted) {
        sinceMs = Date.now();
        say(`${name}: it ends when the invocations under way have ended; once more ends it at once`);
        stop.abort();
      } else if (Date.now() - sinceMs > SAME_MS) end(name);
    });
  return stop.signal;
}

/** Ends at once when this process is told to; what it leaves is taken away. */
export function endOnSignal(): void {
  for (const name of SIGNALS)
    process.once(name, () => {
      end(name);
    });
}

/** By `exit`, and not by the signal itself: its listeners end functions' processes, which else would stay, stopped. */
function end(name: (typeof SIGNALS)[number]): never {
  say(`ended by ${name}`);
  process.exit(128 + constants.signals[name]);
}
