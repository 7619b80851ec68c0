import { randomUUID } from 'node:crypto';
import type { InvocationReport } from '../execution-environment.js';
import { ApiError } from './api-error.js';

/** What can be set of a function, and is kept with each version. */
export interface FunctionSettings {
  readonly memoryMB: number;
  readonly timeoutSeconds: number;
  readonly variables: Readonly<Record<string, string>>;
}

/** How an invocation ended, and the lines that it wrote. */
export interface Invoked {
  readonly report: InvocationReport;
  readonly log: readonly string[];
}

/** Runs one version; made when it is first invoked. */
export interface Runnable {
  invoke(event: unknown): Promise<Invoked>;
  stop(): Promise<void>;
}

export interface FunctionVersion extends FunctionSettings {
  readonly version: string;
  readonly description: string;
  readonly revisionId: string;
}

interface Published extends FunctionVersion {
  runnable?: Runnable;
}

/** Reads of a change that say it is under way, as Lambda's do for some seconds. */
const READS_IN_PROGRESS = 1;

/**
 * A function with its versions and aliases, as Lambda keeps them: a change takes a while, a revision id is another after
 * each, what has not changed is not published again, and a version that an alias names cannot be deleted.
 * Source: AWS Lambda's API reference.
 */
export class VersionedFunction {
  #latest: FunctionVersion;
  #readsInProgress = 0;
  readonly #versions = new Map<string, Published>();
  readonly #aliases = new Map<string, string>();
  #published = 0;

  constructor(
    readonly name: string,
    settings: FunctionSettings,
    private readonly run: (settings: FunctionSettings, version: string) => Runnable,
  ) {
    this.#latest = { ...settings, version: '$LATEST', description: '', revisionId: randomUUID() };
  }

  get aliases(): readonly { readonly name: string; readonly version: string }[] {
    return [...this.#aliases].map(([name, version]) => ({ name, version }));
  }

  get versions(): readonly FunctionVersion[] {
    return [this.#latest, ...this.#versions.values()];
  }

  /** @throws ApiError ResourceNotFoundException */
  find(qualifier = '$LATEST'): { readonly state: FunctionVersion; readonly isInProgress: boolean } {
    if (qualifier !== '$LATEST') return { state: this.#version(qualifier), isInProgress: false };
    const isInProgress = this.#readsInProgress > 0;
    if (isInProgress && --this.#readsInProgress === 0)
      this.#latest = { ...this.#latest, revisionId: randomUUID() };
    return { state: this.#latest, isInProgress };
  }

  /** @throws ApiError PreconditionFailedException, ResourceConflictException */
  change(to: Partial<FunctionSettings>, revisionId: string | undefined): FunctionVersion {
    this.#requireSettled();
    if (revisionId !== undefined && revisionId !== this.#latest.revisionId)
      throw new ApiError(412, 'PreconditionFailedException', 'The Revision Id provided does not match');
    this.#latest = { ...this.#latest, ...to, revisionId: randomUUID() };
    this.#readsInProgress = READS_IN_PROGRESS;
    return this.#latest;
  }

  /** @throws ApiError ResourceConflictException */
  publish(description = ''): FunctionVersion {
    this.#requireSettled();
    const newest = [...this.#versions.values()].at(-1);
    if (newest !== undefined && settingsOf(newest) === settingsOf(this.#latest)) return newest;
    const version = String(++this.#published);
    const published = { ...this.#latest, version, description, revisionId: randomUUID() };
    this.#versions.set(version, published);
    return published;
  }

  /** @throws ApiError ResourceConflictException, ResourceNotFoundException */
  createAlias(name: string, version: string): void {
    if (this.#aliases.has(name))
      throw new ApiError(409, 'ResourceConflictException', `Alias already exists: ${name}`);
    this.#version(version);
    this.#aliases.set(name, version);
  }

  /** As Lambda, does not mind one that is not there. */
  deleteAlias(name: string): void {
    this.#aliases.delete(name);
  }

  /** @throws ApiError ResourceConflictException while an alias names it */
  async deleteVersion(version: string): Promise<void> {
    const found = this.#version(version);
    const alias = this.aliases.find((one) => one.version === version);
    if (alias !== undefined)
      throw new ApiError(409, 'ResourceConflictException', `The alias ${alias.name} refers to the version`);
    this.#versions.delete(version);
    await found.runnable?.stop();
  }

  /** @throws ApiError ResourceNotFoundException */
  async invoke(qualifier: string, event: unknown): Promise<Invoked & { memoryMB: number }> {
    const version = this.#version(qualifier);
    version.runnable ??= this.run(version, version.version);
    return { ...(await version.runnable.invoke(event)), memoryMB: version.memoryMB };
  }

  async stop(): Promise<void> {
    await Promise.all([...this.#versions.values()].map(async ({ runnable }) => runnable?.stop()));
  }

  #requireSettled(): void {
    if (this.#readsInProgress > 0)
      throw new ApiError(409, 'ResourceConflictException', 'An update is in progress for the function');
  }

  #version(qualifier: string): Published {
    const found = this.#versions.get(this.#aliases.get(qualifier) ?? qualifier);
    if (found !== undefined) return found;
    throw new ApiError(404, 'ResourceNotFoundException', `Function not found: ${this.name}:${qualifier}`);
  }
}

function settingsOf({ memoryMB, timeoutSeconds, variables }: FunctionSettings): string {
  return JSON.stringify([memoryMB, timeoutSeconds, Object.entries(variables).sort()]);
}
