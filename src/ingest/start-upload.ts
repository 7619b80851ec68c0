import type { Algorithm } from '../core/algorithms.js';
import type { HashObjectInput, Policy } from '../core/contracts.js';
import { MidstateError } from '../core/failures.js';
import type { Remembered } from '../core/ports.js';
import type { StartedJob } from '../temporal/start-hash-object.js';
import type { UploadEvent } from './events/message-contents.js';
import type { PinUpload } from './pin-upload.js';
import { scopeOf, type IngestPolicy, type Rule } from './policy/ingest-policy.js';
import type { RecallDigests } from './recall-digests.js';

type Digests = Partial<Record<Algorithm, string>>;

/** Every end that an upload may come to. Wire API (a label of metrics): never renamed. */
export const UPLOAD_OUTCOMES = [
  'started',
  'found',
  'remembered',
  'out-of-scope',
  'gone',
  'superseded',
] as const satisfies readonly UploadOutcome['kind'][];

/** What became of an upload; each is an end, none a failure. */
export type UploadOutcome = { readonly upload: UploadEvent } & (
  | { readonly kind: 'started'; readonly workflowId: string }
  /** Its version was hashed before. */
  | { readonly kind: 'found'; readonly workflowId: string }
  /** Temporal has forgotten its job, the object has not. */
  | { readonly kind: 'remembered'; readonly remembered: Remembered }
  | { readonly kind: 'out-of-scope'; readonly reason: string }
  /** The version that it names is no more: the object was deleted, or overwritten (the new version has its own event). */
  | { readonly kind: 'gone' | 'superseded' }
);

/** Deals with one upload; resolves once the Temporal server has acknowledged its start, or there is none to make. */
export type StartUpload = (upload: UploadEvent) => Promise<UploadOutcome>;

export interface StartUploadDependencies {
  /** The policy in force now; undefined: everything is in scope. */
  readonly policy: () => IngestPolicy | undefined;
  /** Where no rule says otherwise. */
  readonly defaults: {
    readonly algorithms: readonly Algorithm[];
    readonly policyOf: (object: HashObjectInput['object']) => Policy;
  };
  readonly pin: PinUpload;
  /** Digests that the owner claims for an object, where a rule says where to look. */
  readonly findExpected: (upload: UploadEvent, rule: Rule) => Promise<Digests>;
  readonly recall?: RecallDigests;
  readonly start: (input: HashObjectInput) => Promise<StartedJob>;
}

/** What is in scope is pinned to its version, looked up where it may have been forgotten, and started. */
export function createStartUpload(deps: StartUploadDependencies): StartUpload {
  return async (upload) => {
    const policy = deps.policy();
    const early = scopeOf(policy, upload.object);
    if ('reason' in early) return { upload, kind: 'out-of-scope', reason: early.reason };
    const pinned = await tryPin(deps.pin, upload, needsSize(early.rule, upload));
    if (typeof pinned === 'string') return { upload, kind: pinned };
    const scope = scopeOf(policy, pinned.object);
    if ('reason' in scope) return { upload: pinned, kind: 'out-of-scope', reason: scope.reason };
    const input = await inputOf(deps, pinned, scope.rule);
    const remembered = await deps.recall?.(pinned, input.algorithms);
    if (remembered !== undefined) return { upload: pinned, kind: 'remembered', remembered };
    const { workflowId, isNew } = await deps.start(input);
    return { upload: pinned, kind: isNew ? 'started' : 'found', workflowId };
  };
}

function needsSize(rule: Rule | undefined, { object }: UploadEvent): boolean {
  return object.sizeBytes === undefined && (rule?.minSizeBytes ?? rule?.maxSizeBytes) !== undefined;
}

async function tryPin(
  pin: PinUpload,
  upload: UploadEvent,
  needsDescription: boolean,
): Promise<UploadEvent | 'gone' | 'superseded'> {
  try {
    return await pin(upload, needsDescription);
  } catch (error) {
    if (error instanceof MidstateError && error.failure === 'ObjectGone') return 'gone';
    if (error instanceof MidstateError && error.failure === 'ObjectChanged') return 'superseded';
    throw error;
  }
}

/** A digest can only be compared with one that is computed: what is expected is computed too. */
async function inputOf(
  { defaults, findExpected }: StartUploadDependencies,
  upload: UploadEvent,
  rule: Rule | undefined,
): Promise<HashObjectInput> {
  const expected = rule?.expected === undefined ? {} : await findExpected(upload, rule);
  const claimed = Object.keys(expected) as Algorithm[];
  const { publish, memoryClassMB } = rule ?? {};
  return {
    ...upload,
    algorithms: [...new Set([...(rule?.algorithms ?? defaults.algorithms), ...claimed])],
    ...(claimed.length === 0 ? {} : { expected }),
    policy: {
      ...defaults.policyOf(upload.object),
      ...(publish === undefined
        ? {}
        : { publish: { tags: publish.includes('tags'), sidecar: publish.includes('sidecar') } }),
      ...(memoryClassMB === undefined ? {} : { memoryClassMB }),
    },
  };
}
