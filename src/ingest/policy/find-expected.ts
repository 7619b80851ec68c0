import type { LogFacts } from '../../core/log-facts.js';
import type { Algorithm } from '../../core/algorithms.js';
import { tryParseDigest } from '../../core/parse-digest.js';
import type { UploadEvent } from '../events/message-contents.js';
import type { Rule } from './ingest-policy.js';
import { manifestId } from './parse-manifest.js';
import type { LoadedPolicy } from './policy-file.js';

type Digests = Partial<Record<Algorithm, string>>;

export interface ExpectedDependencies {
  readonly loaded: () => LoadedPolicy | undefined;
  /** The owner's metadata of the version, names in lower case. */
  readonly readMetadata: (object: UploadEvent['object']) => Promise<Readonly<Record<string, string>>>;
  readonly log: (event: string, facts: LogFacts) => void;
}

/**
 * Digests that the owner claims for an object, from where its rule says. What is not there is not expected; what is
 * there and no digest is logged, and not expected either: the object is hashed all the same.
 */
export function createFindExpected(deps: ExpectedDependencies) {
  return async ({ object }: UploadEvent, { expected }: Rule): Promise<Digests> => {
    const found: Digests = {};
    for (const [algorithm, file] of entriesOf(expected?.manifest)) {
      const digest = deps.loaded()?.manifests.get(manifestId(algorithm, file))?.get(object.key);
      if (digest !== undefined) found[algorithm] = digest;
    }
    const names = entriesOf(expected?.metadata);
    const metadata = names.length === 0 ? {} : await deps.readMetadata(object);
    for (const [algorithm, name] of names) {
      const text = metadata[name.toLowerCase()];
      if (text === undefined) continue;
      const digest = tryParseDigest(algorithm, text);
      if (digest !== undefined) found[algorithm] = digest;
      else
        deps.log('expected digest not understood', {
          ...object,
          reason: `metadata ${name}: expected a ${algorithm} digest, got ${text}`,
        });
    }
    return found;
  };
}

function entriesOf(source: Partial<Record<Algorithm, string>> | undefined): [Algorithm, string][] {
  return Object.entries(source ?? {}) as [Algorithm, string][];
}
