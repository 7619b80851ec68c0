import { readFileSync, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { parse as parseYaml } from 'yaml';
import { MidstateError } from '../../core/failures.js';
import type { Algorithm } from '../../core/algorithms.js';
import { faultsIn } from '../events/event-faults.js';
import { INGEST_POLICY, type IngestPolicy } from './ingest-policy.js';
import { manifestId, parseManifest, type Manifest } from './parse-manifest.js';

/** A policy with the manifests that its rules name, by path. */
export interface LoadedPolicy {
  readonly policy: IngestPolicy;
  readonly manifests: ReadonlyMap<string, Manifest>;
  /** Every file it was read from, the policy's own first. */
  readonly files: readonly string[];
}

/** More faults than this say no more. */
const MAX_FAULTS = 20;

/**
 * Reads a policy file, YAML or JSON, and the manifests it names (paths are relative to it).
 * @throws MidstateError InvalidInput that names every fault in it
 */
export function loadPolicy(path: string): LoadedPolicy {
  const parsed = INGEST_POLICY.safeParse(parseFile(path));
  if (!parsed.success) throw badPolicy(path, faultsIn(parsed.error));
  const policy = parsed.data;
  const manifests = new Map<string, Manifest>();
  const faults: string[] = [];
  for (const [rule, { expected }] of policy.rules.entries()) {
    for (const [algorithm, file] of Object.entries(expected?.manifest ?? {}) as [Algorithm, string][]) {
      const where = `rules[${String(rule)}].expected.manifest.${algorithm}`;
      const read = tryReadManifest(manifestPath(path, file), algorithm);
      faults.push(...read.faults.map((fault) => `${where}: ${file}: ${fault}`));
      manifests.set(manifestId(algorithm, file), read.digests);
    }
  }
  if (faults.length > 0) throw badPolicy(path, faults.slice(0, MAX_FAULTS).join('; '));
  const named = policy.rules.flatMap(({ expected }) => Object.values(expected?.manifest ?? {}));
  return { policy, manifests, files: [path, ...named.map((file) => manifestPath(path, file))] };
}

function manifestPath(policyPath: string, file: string): string {
  return resolve(dirname(policyPath), file);
}

function parseFile(path: string): unknown {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (cause) {
    throw badPolicy(path, `it cannot be read (${(cause as NodeJS.ErrnoException).code ?? 'unknown'})`);
  }
  try {
    // JSON is YAML.
    return parseYaml(text, { prettyErrors: true }) as unknown;
  } catch (cause) {
    throw badPolicy(path, cause instanceof Error ? cause.message.replace(/\s+/g, ' ') : String(cause));
  }
}

function tryReadManifest(path: string, algorithm: Algorithm): { digests: Manifest; faults: string[] } {
  try {
    return parseManifest(readFileSync(path, 'utf8'), algorithm);
  } catch (cause) {
    const code = (cause as NodeJS.ErrnoException).code ?? 'unknown';
    return { digests: new Map(), faults: [`it cannot be read (${code})`] };
  }
}

function badPolicy(path: string, faults: string): MidstateError {
  return new MidstateError('InvalidInput', `policy ${path}: ${faults}`);
}

/** Changes whenever one of the files does: when it was written, and its size. */
export function stampOf(files: readonly string[]): string {
  return files
    .map((file) => {
      const stat = statSync(file, { throwIfNoEntry: false });
      return stat === undefined ? 'none' : `${String(stat.mtimeMs)}:${String(stat.size)}:${String(stat.ino)}`;
    })
    .join(' ');
}
