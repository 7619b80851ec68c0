import { activityInfo, log } from '@temporalio/activity';
import { emptyPrefix, extendPrefix, type CrcPrefix } from '../src/core/crc-prefix.js';
import type { RangeHasher } from '../src/core/ports.js';
import type {
  HashPartsInput,
  HashPartsProgress,
  HashPartsResult,
  HashRangeProgress,
} from './activity-contracts.js';
import type { ActivityDependencies } from './activity-dependencies.js';
import { declineReading } from './decline-reading.js';
import { hashBytes } from './hash-bytes.js';
import { partAt, tryParsePartsProgress } from './hash-parts-progress.js';
import { countLostAttempts } from './hash-range-progress.js';
import { tryResume } from './resume-hasher.js';
import { withHeartbeats } from './with-heartbeats.js';

interface Attempt {
  /** Parts finished so far: how many, their digests one behind the other, their CRCs as one piece. */
  partsDone: number;
  partDigests: string;
  prefix: CrcPrefix;
  /** Of the part under way; none between two parts. */
  hasher: RangeHasher | undefined;
  readonly earlier: Pick<HashRangeProgress, 'bytesRead' | 'lostAttempts'>;
  bytesRead: number;
}

/**
 * Hashes parts of an object one after another, each from its own initial state, and their CRCs as one piece.
 *
 * Retry-safe: an attempt goes on from the heartbeat of the one before, in the middle of a part; reads are pinned to the
 * version. Heartbeat: `HashPartsProgress`, as often as the loss bound asks; 25 kB at most, with 256 parts.
 *
 * @throws MidstateError as `hashRange`
 */
export async function hashParts(deps: ActivityDependencies, input: HashPartsInput): Promise<HashPartsResult> {
  const attempt = await beginAttempt(deps, input);
  const progress = (handedOn: boolean) =>
    attempt.partsDone === input.partSizes.length ? undefined : progressOf(attempt, input, handedOn);
  return await withHeartbeats(deps, progress, async (watch) => {
    while (attempt.partsDone < input.partSizes.length) {
      const part = partAt(input, attempt.partsDone);
      const hasher = attempt.hasher ?? (await deps.engine.createHasher(part.algorithms));
      attempt.hasher = hasher;
      await hashBytes(deps, { ...part, originByte: part.startByte }, hasher, watch, (byteCount) => {
        attempt.bytesRead += byteCount;
      });
      finishPart(attempt, input, hasher);
    }
    return resultOf(attempt, input);
  });
}

async function beginAttempt(deps: ActivityDependencies, input: HashPartsInput): Promise<Attempt> {
  const info = activityInfo();
  const { attempt } = info;
  const details: unknown = info.heartbeatDetails ?? input.progress;
  const progress = tryParsePartsProgress(details, input);
  const partsDone = progress?.finished.count ?? 0;
  const { startByte } = partAt(input, partsDone);
  const begun: Attempt = {
    partsDone,
    partDigests: progress?.finished.partDigests ?? '',
    prefix:
      progress === undefined
        ? emptyPrefix(input.combined)
        : { bytesHashed: startByte - input.startByte, digests: progress.finished.combined },
    hasher: progress === undefined ? undefined : await tryResume(deps, partAt(input, partsDone), progress),
    earlier: { bytesRead: progress?.bytesRead ?? 0, lostAttempts: countLostAttempts(details, attempt) },
    bytesRead: 0,
  };
  declineReading(deps, input, progressOf(begun, input, true));
  if (attempt > 1 || input.progress !== undefined)
    log.info('parts resumed', { attempt, startByte: input.startByte, resumedAtByte: startByte });
  return begun;
}

/** At once, so that no heartbeat can see half of it: the hasher ends with its digests. */
function finishPart(attempt: Attempt, input: HashPartsInput, hasher: RangeHasher): void {
  const sizeBytes = input.partSizes[attempt.partsDone] ?? 0;
  const digests = hasher.digests();
  attempt.hasher = undefined;
  attempt.partDigests += digests[input.algorithm] ?? '';
  attempt.prefix = extendPrefix(attempt.prefix, digests, sizeBytes);
  attempt.partsDone++;
}

function progressOf(attempt: Attempt, input: HashPartsInput, handedOn: boolean): HashPartsProgress {
  const { hasher, prefix, earlier } = attempt;
  const originByte = input.startByte + prefix.bytesHashed;
  return {
    checkpoint: {
      object: input.object,
      originByte,
      bytesHashed: originByte + (hasher?.bytesHashed ?? 0),
      midstates: hasher?.midstates() ?? [],
    },
    finished: {
      count: attempt.partsDone,
      partDigests: attempt.partDigests,
      combined: prefix.digests,
    },
    bytesRead: earlier.bytesRead + attempt.bytesRead,
    lostAttempts: earlier.lostAttempts,
    attempt: activityInfo().attempt,
    handedOn,
  };
}

function resultOf(
  { partDigests, prefix, earlier, bytesRead }: Attempt,
  input: HashPartsInput,
): HashPartsResult {
  const total = earlier.bytesRead + bytesRead;
  const needed = input.partSizes.reduce((sum, size) => sum + size, 0);
  const stats = {
    bytesRead: total,
    bytesReadTwice: Math.max(total - needed, 0),
    attempts: activityInfo().attempt,
    lostAttempts: earlier.lostAttempts,
  };
  return { partDigests, combined: prefix.digests, stats };
}
