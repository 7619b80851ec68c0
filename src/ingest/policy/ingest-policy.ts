import { z } from 'zod';
import { ALGORITHMS, type Algorithm } from '../../core/algorithms.js';
import type { HashObjectInput } from '../../core/contracts.js';
import { MEMORY_CLASSES_MB, type MemoryClassMB } from '../../core/memory-classes.js';

const algorithm = z.enum(ALGORITHMS);
const sizeBytes = z.number().int().nonnegative();
const memoryClassMB = z
  .number()
  .refine((value): value is MemoryClassMB => (MEMORY_CLASSES_MB as readonly number[]).includes(value), {
    message: `expected one of ${MEMORY_CLASSES_MB.join(', ')}`,
  });

/** One rule; every field but `bucket` may be left out. Strict: a misspelt field is a fault, not a surprise. */
const RULE = z.strictObject({
  /** A bucket's name; `*` stands for any characters. */
  bucket: z.string().regex(/^[a-z0-9.*-]{1,63}$/, 'expected the name of a bucket, * for any characters'),
  prefix: z.string().default(''),
  suffix: z.string().default(''),
  /** `false`: what this rule names is never hashed. */
  hash: z.boolean().default(true),
  algorithms: z.array(algorithm).min(1).optional(),
  publish: z.array(z.enum(['tags', 'sidecar'])).optional(),
  memoryClassMB: memoryClassMB.optional(),
  minSizeBytes: sizeBytes.optional(),
  maxSizeBytes: sizeBytes.optional(),
  expected: z
    .strictObject({
      /** Digest in the object's own metadata, by algorithm: the name without `x-amz-meta-`. */
      metadata: z.partialRecord(algorithm, z.string().min(1)).optional(),
      /** File in the form of `sha256sum`, beside the policy file, by algorithm; it names keys. */
      manifest: z.partialRecord(algorithm, z.string().min(1)).optional(),
    })
    .optional(),
});

export const INGEST_POLICY = z
  .strictObject({ version: z.literal(1), rules: z.array(RULE).min(1) })
  .superRefine(({ rules }, context) => {
    for (const [index, rule] of rules.entries()) {
      const earlier = rules.slice(0, index).findIndex((other) => covers(other, rule));
      if (earlier === -1) continue;
      const message = `never applies: rules[${String(earlier)}] comes first and takes everything it names`;
      context.addIssue({ code: 'custom', path: ['rules', index], message });
    }
  });

/** What is hashed, and how; the first rule that names an object decides. */
export type IngestPolicy = z.infer<typeof INGEST_POLICY>;
export type Rule = IngestPolicy['rules'][number];

/** Which rule an object falls under (undefined: there is no policy, everything is hashed), or why it is left alone. */
export type Scope = { readonly rule: Rule | undefined } | { readonly reason: string };

/** Decides whether an object is hashed. A size that is not known is within every limit. */
export function scopeOf(
  policy: IngestPolicy | undefined,
  { bucket, key, sizeBytes: size }: HashObjectInput['object'],
): Scope {
  if (policy === undefined) return { rule: undefined };
  const index = policy.rules.findIndex((rule) => names(rule, bucket, key));
  const rule = policy.rules[index];
  if (rule === undefined) return { reason: 'no rule of the policy names it' };
  const where = `rules[${String(index)}]`;
  if (!rule.hash) return { reason: `${where} leaves it out` };
  const { minSizeBytes = 0, maxSizeBytes = Infinity } = rule;
  if (size === undefined || (size >= minSizeBytes && size <= maxSizeBytes)) return { rule };
  const limit =
    size < minSizeBytes ? `minSizeBytes ${String(minSizeBytes)}` : `maxSizeBytes ${String(maxSizeBytes)}`;
  return { reason: `${where}: it has ${String(size)} bytes, ${limit}` };
}

/** Algorithms whose digests a rule expects. */
export function expectedAlgorithms({ expected }: Rule): Algorithm[] {
  return [...Object.keys(expected?.metadata ?? {}), ...Object.keys(expected?.manifest ?? {})] as Algorithm[];
}

function names(rule: Rule, bucket: string, key: string): boolean {
  return matchesBucket(rule.bucket, bucket) && key.startsWith(rule.prefix) && key.endsWith(rule.suffix);
}

/** The pattern holds no characters but those of bucket names and `*`. */
function matchesBucket(pattern: string, bucket: string): boolean {
  if (!pattern.includes('*')) return pattern === bucket;
  return new RegExp(`^${pattern.replaceAll('.', '\\.').replace(/\*+/g, '.*')}$`).test(bucket);
}

function covers(earlier: Rule, later: Rule): boolean {
  const isBucketCovered =
    earlier.bucket === later.bucket ||
    (!later.bucket.includes('*') && matchesBucket(earlier.bucket, later.bucket));
  return (
    (isBucketCovered || /^\*+$/.test(earlier.bucket)) &&
    later.prefix.startsWith(earlier.prefix) &&
    later.suffix.endsWith(earlier.suffix)
  );
}
