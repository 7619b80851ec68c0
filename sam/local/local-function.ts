import { MidstateError } from '../../src/core/failures.js';
import {
  ExecutionEnvironment,
  type EnvironmentOptions,
  type InvocationReport,
} from './execution-environment.js';

/** A function with its execution environments: an invocation takes one that is idle, else a new one is started. */
export class LocalFunction {
  readonly #environments = new Set<ExecutionEnvironment>();
  #started = 0;

  /** @param options of the nth environment, from 0 */
  constructor(
    readonly name: string,
    private readonly options: (index: number) => EnvironmentOptions,
  ) {}

  /** Environments that there are, idle or busy. */
  get environments(): readonly ExecutionEnvironment[] {
    return [...this.#environments];
  }

  /**
   * Runs one invocation.
   * @throws MidstateError InvalidInput when a new environment does not get ready
   */
  async invoke(event: unknown): Promise<InvocationReport> {
    const environment = this.environments.find(({ isIdle }) => isIdle) ?? (await this.#start());
    const report = await environment.invoke(event);
    if (!environment.isIdle) this.#environments.delete(environment);
    return report;
  }

  async stop(): Promise<void> {
    await Promise.all(this.environments.map((environment) => environment.kill()));
    this.#environments.clear();
  }

  async #start(): Promise<ExecutionEnvironment> {
    const environment = await ExecutionEnvironment.start(this.options(this.#started++));
    if (!environment.isIdle) {
      throw new MidstateError(
        'InvalidInput',
        `function ${this.name}: it did not get ready; its log says why`,
        {
          facts: { actual: environment.initError },
        },
      );
    }
    this.#environments.add(environment);
    return environment;
  }
}
