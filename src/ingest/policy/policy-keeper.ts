import type { LogFacts } from '../../core/log-facts.js';
import { loadPolicy, stampOf, type LoadedPolicy } from './policy-file.js';

export interface PolicyKeeperOptions {
  readonly path: string;
  readonly log: (event: string, facts: LogFacts) => void;
  /** How often the files are looked at. Default: 2,000. */
  readonly intervalMs?: number;
}

/**
 * Holds the policy in force, and takes a new one when its file (or a manifest) changes or `reload` is called. A new
 * one that is not valid changes nothing: the old one stays in force, and the log says why.
 */
export class PolicyKeeper {
  #loaded: LoadedPolicy;
  #stamp: string;
  readonly #timer: NodeJS.Timeout;

  /** @throws MidstateError InvalidInput that names every fault: there is no old one to keep */
  constructor(private readonly options: PolicyKeeperOptions) {
    this.#loaded = loadPolicy(options.path);
    this.#stamp = stampOf(this.#loaded.files);
    this.#timer = setInterval(() => {
      if (stampOf(this.#loaded.files) !== this.#stamp) this.reload();
    }, options.intervalMs ?? 2_000);
    this.#timer.unref();
  }

  get current(): LoadedPolicy {
    return this.#loaded;
  }

  /** @returns true when the policy was taken */
  reload(): boolean {
    const { path, log } = this.options;
    this.#stamp = stampOf(this.#loaded.files);
    try {
      this.#loaded = loadPolicy(path);
      this.#stamp = stampOf(this.#loaded.files);
      log('policy reloaded', { policyFile: path, rules: this.#loaded.policy.rules.length });
      return true;
    } catch (error) {
      log('policy not reloaded, the old one stays in force', {
        policyFile: path,
        error: error instanceof Error ? error.message : String(error),
      });
      return false;
    }
  }

  stop(): void {
    clearInterval(this.#timer);
  }
}
