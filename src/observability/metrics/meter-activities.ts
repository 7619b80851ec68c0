import { ApplicationFailure, CancelledFailure } from '@temporalio/common';
import type { ActivityInterceptorsFactory } from '@temporalio/worker';
import type {
  HashRangeInput,
  HashRangeResult,
  HashSmallObjectInput,
  HashSmallObjectResult,
  PublishDigestsResult,
  ReadStats,
} from '../../../activities/index.js';
import type { Algorithm } from '../../core/algorithms.js';
import type { SinkReceipt } from '../../core/contracts.js';
import { RETRY_CAUSES, type HashMetrics } from './hash-metrics.js';
import type { PublishMetrics } from './publish-metrics.js';

/** Counts what the hashing activities report when they end. The bytes read meanwhile are the read meter's to count. */
export function meterHashing(hash: HashMetrics, publish: PublishMetrics): ActivityInterceptorsFactory {
  return ({ info }) => ({
    inbound: {
      async execute(input, next) {
        hash.inFlight.inc();
        try {
          const result = await next(input);
          if (info.activityType === 'hashRange') {
            const range = input.args[0] as HashRangeInput;
            countRange(
              hash,
              range.algorithms,
              range.endByteExclusive - range.startByte,
              (result as HashRangeResult).stats,
            );
          } else if (info.activityType === 'hashSmallObject') {
            const { description, stats, receipts } = result as HashSmallObjectResult;
            const { algorithms } = input.args[0] as HashSmallObjectInput;
            countRange(hash, algorithms, description.object.sizeBytes, stats);
            countReceipts(publish, receipts);
          }
          return result;
        } catch (error) {
          const cause = retryCauseOf(error);
          if (cause !== undefined) hash.retries.inc({ cause });
          throw error;
        } finally {
          hash.inFlight.dec();
        }
      },
    },
  });
}

/** Counts what the short activities publish. */
export function meterPublishing(publish: PublishMetrics): ActivityInterceptorsFactory {
  return ({ info }) => ({
    inbound: {
      async execute(input, next) {
        const result = await next(input);
        if (info.activityType === 'publishDigests') {
          countReceipts(publish, (result as PublishDigestsResult).receipts);
        }
        return result;
      },
    },
  });
}

function countRange(
  metrics: HashMetrics,
  algorithms: readonly Algorithm[],
  byteCount: number,
  { bytesReadTwice, lostAttempts }: ReadStats,
): void {
  for (const algorithm of algorithms) metrics.hashedBytes.inc({ algorithm }, byteCount);
  metrics.rereadBytes.inc(bytesReadTwice);
  metrics.retries.inc({ cause: 'WorkerLost' }, lostAttempts);
  metrics.ranges.inc();
}

function countReceipts({ sinkWrites }: PublishMetrics, receipts: readonly SinkReceipt[]): void {
  for (const { sink, status } of receipts) sinkWrites.inc({ sink, status });
}

/** What to count a failed attempt under; undefined when no other attempt follows, or when the next one counts it. */
function retryCauseOf(error: unknown): (typeof RETRY_CAUSES)[number] | undefined {
  if (error instanceof CancelledFailure) return undefined;
  if (!(error instanceof ApplicationFailure)) return 'Unknown';
  if (error.nonRetryable === true) return undefined;
  return RETRY_CAUSES.find((cause) => cause === error.type) ?? 'Unknown';
}
