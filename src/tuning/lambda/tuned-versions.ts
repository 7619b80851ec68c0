import { createHash } from 'node:crypto';
import { hostname } from 'node:os';
import { MidstateError } from '../../core/failures.js';
import { memoryClass } from '../../core/memory-classes.js';
import type { FunctionState, LambdaFunction } from '../../storage/lambda-function.js';
import type { WorkerSetup } from '../cell.js';
import { workerVariables } from '../worker-variables.js';

/** Aliases, and the descriptions of versions, that a tuning has made begin so. */
const PREFIX = 'midstate-tune-';

const QUEUES = 'MIDSTATE_TASK_QUEUE_PREFIX';

/** With them a queue would give its tasks to the current version of a worker deployment only. */
const VERSIONING = ['TEMPORAL_DEPLOYMENT_NAME', 'TEMPORAL_WORKER_BUILD_ID'];

export interface TunedVersionsOptions {
  readonly lambda: LambdaFunction;
  /** Tells tunings apart: what another one has made of the function is not taken away. */
  readonly stateFile: string;
  /** Also take away what other tunings left behind. */
  readonly isFresh: boolean;
  readonly say: (line: string) => void;
}

/**
 * The versions of a function that a tuning runs on, one for each setup, each under an alias. The function itself
 * (`$LATEST`) is changed for each while they are published, and set back before the first run: what it was is kept as a
 * version too, so that even after a kill it can be set back. Nothing of it, which may hold credentials, is written down.
 */
export class TunedVersions {
  readonly #id: string;
  readonly #aliases = new Map<string, string>();
  /** Made by `publish`, and not taken away yet. */
  #hasMade = false;

  private constructor(private readonly options: TunedVersionsOptions) {
    const { stateFile } = options;
    this.#id = createHash('sha256').update(`${hostname()} ${stateFile}`).digest('hex').slice(0, 12);
  }

  /**
   * Takes away what an earlier run of this tuning left behind.
   * @throws MidstateError InvalidInput when the function is in the hands of another tuning
   */
  static async open(options: TunedVersionsOptions): Promise<TunedVersions> {
    const versions = new TunedVersions(options);
    await versions.#takeOver();
    return versions;
  }

  /** @throws MidstateError as the function's methods do; what was published is then there, until `remove` */
  async publish(setups: readonly WorkerSetup[], taskQueuePrefix: string, stop: AbortSignal): Promise<void> {
    const { lambda, say } = this.options;
    const before = await lambda.describe();
    this.#hasMade = true;
    const kept = await lambda.publish(`${this.#name('before')}: the function as it was`);
    await lambda.createAlias(this.#name('before'), kept);
    let { revisionId } = await lambda.describe();
    for (const [index, setup] of setups.entries()) {
      if (stop.aborted) break;
      say(
        `publishing version ${String(index + 1)} of ${String(setups.length)}: ${String(setup.memoryMB)} MB`,
      );
      const variables = variablesFor(before.variables, setup, taskQueuePrefix);
      await lambda.change({ memoryMB: setup.memoryMB, variables }, revisionId);
      const alias = this.#name(`${String(setup.memoryMB)}-${String(index + 1)}`);
      const version = await lambda.publish(`${alias}: ${keyOf(setup)}`);
      await lambda.createAlias(alias, version);
      this.#aliases.set(keyOf(setup), alias);
      ({ revisionId } = await lambda.describe());
    }
    await this.#setBack(before);
  }

  aliasOf(setup: WorkerSetup): string {
    const alias = this.#aliases.get(keyOf(setup));
    if (alias === undefined) throw new Error(`no version of ${keyOf(setup)}`);
    return alias;
  }

  /**
   * Sets the function back and takes the versions away; goes on past what cannot be.
   * @throws MidstateError that names what is left
   */
  async remove(): Promise<void> {
    if (!this.#hasMade) return;
    this.options.say(`taking the versions of ${this.options.lambda.name} away`);
    try {
      await this.#removeAll((name) => name.startsWith(this.#name('')));
      this.#hasMade = false;
    } catch (cause) {
      throw new MidstateError(
        cause instanceof MidstateError ? cause.failure : 'StoreUnavailable',
        'tune: versions and aliases of the function may be left, and its memory and variables changed; the same command ' +
          `takes them away at its beginning (aliases and descriptions begin with ${this.#name('')})`,
        {
          facts: {
            function: this.options.lambda.name,
            actual: cause instanceof Error ? cause.message : String(cause),
          },
          cause,
        },
      );
    }
  }

  async #takeOver(): Promise<void> {
    const { lambda, isFresh, say } = this.options;
    const names = [
      ...(await lambda.aliases()).map(({ name }) => name),
      ...(await lambda.versions()).map(({ description }) => description),
    ].filter((name) => name.startsWith(PREFIX));
    const others = names.filter((name) => !name.startsWith(this.#name('')));
    if (others.length > 0 && !isFresh)
      throw new MidstateError(
        'InvalidInput',
        'tune: the function has versions of another tuning, which runs or was killed: let it end, or run its command ' +
          'again; if it is gone, --fresh takes them away',
        { facts: { function: lambda.name, actual: others[0] } },
      );
    if (names.length > 0) {
      say(`taking away what an earlier tuning left of ${lambda.name}`);
      await this.#removeAll((name) => name.startsWith(PREFIX));
    }
    if (isOurs(await lambda.describe()))
      throw new MidstateError(
        'InvalidInput',
        'tune: the function is set as a tuning left it, and what it was before is gone: deploy it again (sam deploy)',
        { facts: { function: lambda.name } },
      );
  }

  /** Aliases first: a version with an alias cannot be deleted. */
  async #removeAll(isMeant: (name: string) => boolean): Promise<void> {
    const { lambda } = this.options;
    const aliases = (await lambda.aliases()).filter(({ name }) => isMeant(name));
    const versions = (await lambda.versions()).filter(({ description }) => isMeant(description));
    const kept =
      aliases.find(({ name }) => name.endsWith('-before'))?.version ??
      versions.find(({ description }) => description.includes('-before:'))?.version;
    if (kept !== undefined) await this.#setBack(await lambda.describe(kept));
    // The version that it was set back from goes last.
    const faults: unknown[] = [];
    const tryTo = async (remove: () => Promise<void>) => {
      await remove().catch((error: unknown) => faults.push(error));
    };
    for (const { name, version } of aliases)
      if (version !== kept) await tryTo(() => lambda.deleteAlias(name));
    for (const { version } of versions)
      if (version !== kept) await tryTo(() => lambda.deleteVersion(version));
    if (faults.length > 0) throw faults[0];
    for (const { name } of aliases.filter(({ version }) => version === kept)) await lambda.deleteAlias(name);
    // One that was there before has another description, and stays.
    if (versions.some(({ version }) => version === kept)) await lambda.deleteVersion(kept ?? '');
  }

  /** Unless somebody else has set it to something of theirs meanwhile. */
  async #setBack({ memoryMB, variables }: FunctionState): Promise<void> {
    const { lambda } = this.options;
    const now = await lambda.describe();
    if (isOurs(now)) await lambda.change({ memoryMB, variables }, now.revisionId);
  }

  #name(what: string): string {
    return `${PREFIX}${this.#id}-${what}`;
  }
}

function isOurs({ variables }: FunctionState): boolean {
  return (variables[QUEUES] ?? '').startsWith(PREFIX);
}

function keyOf({ memoryMB, chunkSizeBytes, connections, engine }: WorkerSetup): string {
  return `${String(memoryMB)} MB, chunk ${String(chunkSizeBytes)}, ${String(connections)} connections, ${engine}`;
}

/** The function's own variables, with those that make it a worker of this setup on the tuning's task queues. */
function variablesFor(
  before: Readonly<Record<string, string>>,
  setup: WorkerSetup,
  taskQueuePrefix: string,
): Record<string, string> {
  const kept = Object.entries(before).filter(([name]) => !VERSIONING.includes(name));
  return {
    ...Object.fromEntries(kept),
    ...workerVariables(setup),
    [QUEUES]: taskQueuePrefix,
    NODE_OPTIONS: nodeOptions(before['NODE_OPTIONS'] ?? '', setup),
  };
}

/** V8's limits are the class's, as in the template. */
function nodeOptions(before: string, { memoryMB }: WorkerSetup): string {
  const { maxOldSpaceMB, maxSemiSpaceMB } = memoryClass(memoryMB);
  const others = before
    .split(/\s+/)
    .filter((word) => word !== '' && !/^--max-(?:old|semi)-space-size/.test(word));
  return [
    ...others,
    `--max-old-space-size=${String(maxOldSpaceMB)}`,
    `--max-semi-space-size=${String(maxSemiSpaceMB)}`,
  ].join(' ');
}
