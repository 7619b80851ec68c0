import type { Digests } from '../activities/index.js';
import type { Algorithm } from '../src/core/algorithms.js';
import { startOf, usableCheckpoint } from '../src/core/checkpoints.js';
import { COMBINABLE_ALGORITHMS, isCombinable } from '../src/core/combine-crc.js';
import type { Checkpoint, ObjectDescription, Proof } from '../src/core/contracts.js';
import {
  evidenceOf,
  onlyDigests,
  proveDigests,
  requireSameRead,
  withProofAlgorithm,
} from '../src/core/proof.js';
import { noteOnce, type Hashed, type Job } from './job.js';
import { noteUnproved, planParts, readParts, type PartsPlan } from './prove-parts.js';
import { readRanges } from './read-ranges.js';

/** Digests as they may be published, and what proves them. */
export type Answer = Pick<Hashed, 'digests' | 'proof'>;

/** What a reading came to: the digests computed, and the parts' proof where they had one. */
interface Reading {
  readonly digests: Digests;
  readonly partsProof?: Proof;
}

/**
 * Computes, in one read, the digests asked for and one that proves, where S3 holds something to compare it with; and
 * proves the parts, if that was asked for.
 * @throws MidstateError CorruptRead when the bytes read are not those stored
 */
export async function readAndProve(job: Job, description: ObjectDescription): Promise<Answer> {
  const { algorithms: asked, policy } = job.input;
  const proveParts = policy?.proveParts === true;
  const wanted = withProofAlgorithm(asked, evidenceOf(description, proveParts));
  const plan = proveParts ? await planParts(job, description) : undefined;
  const { digests, partsProof }: Reading =
    plan === undefined
      ? { digests: await readBytes(job, description, wanted) }
      : await readBytesAndParts(job, description, wanted, plan);
  const proof = proveDigests(digests, description, proveParts);
  return { digests: onlyDigests(digests, asked), proof: partsProof ?? proof };
}

async function readBytes(
  job: Job,
  description: ObjectDescription,
  wanted: readonly Algorithm[],
): Promise<Digests> {
  const from = goOnFrom(job, description, wanted) ?? startOf(description.object);
  noteResumption(job, from);
  return await readRanges(job, description, wanted, from);
}

/**
 * Where every algorithm can be combined, the parts are hashed for them too, in one read. Otherwise the bytes are hashed
 * first and the parts in a second read; a CRC computed in both says that they were the same bytes.
 */
async function readBytesAndParts(
  job: Job,
  description: ObjectDescription,
  wanted: readonly Algorithm[],
  { checksum, progress }: PartsPlan,
): Promise<Reading> {
  const partsProof: Proof = { kind: 'stored-parts', ...checksum };
  if (isInOneRead(job, description, wanted, progress)) {
    const combined = wanted.filter(isCombinable);
    return { digests: await readParts(job, description, { checksum, progress }, combined), partsProof };
  }
  const digests = progress.digests ?? (await readBytes(job, description, withLink(wanted)));
  const link = COMBINABLE_ALGORITHMS.find((algorithm) => digests[algorithm] !== undefined);
  if (link === undefined) {
    noteUnproved(job, 'the hash went on from a checkpoint that has no midstate of a CRC');
    return { digests };
  }
  job.parts = { ...progress, digests };
  const again = await readParts(job, description, { checksum, progress: job.parts }, [link]);
  requireSameRead(link, digests[link], again[link]);
  return { digests, partsProof };
}

function isInOneRead(
  job: Job,
  description: ObjectDescription,
  wanted: readonly Algorithm[],
  progress: PartsPlan['progress'],
): boolean {
  if (!wanted.every(isCombinable) || progress.digests !== undefined) return false;
  const isBegun = progress.partDigests !== '';
  return isBegun || goOnFrom(job, description, wanted) === undefined;
}

/** The job's checkpoint, if it is one of this object and has what was asked for. */
function goOnFrom(
  { checkpoint, input }: Job,
  { object }: ObjectDescription,
  wanted: readonly Algorithm[],
): Checkpoint | undefined {
  return usableCheckpoint(checkpoint, object, input.algorithms, wanted);
}

/** Says where the job goes on from the checkpoint that it was started with, or that it cannot. */
function noteResumption(job: Job, { bytesHashed }: Checkpoint): void {
  const { continued, resumeFrom } = job.input;
  if (continued !== undefined || resumeFrom === undefined || job.checkpoint !== resumeFrom) return;
  if (bytesHashed > 0) job.stats = { ...job.stats, resumedAtByte: bytesHashed };
  else
    noteOnce(
      job,
      'the checkpoint handed in is none of this version and these algorithms: read from the start',
    );
}

/** With a CRC among them, to be computed in both reads. */
function withLink(wanted: readonly Algorithm[]): readonly Algorithm[] {
  return wanted.some(isCombinable) ? wanted : [...wanted, 'crc64nvme'];
}
