/**
 * Prices that estimates are made with, in US dollars: list prices without free tiers and discounts, of one day. Yours
 * may differ; the counts beside them do not depend on these.
 *
 * S3: Standard, us-east-1 (aws.amazon.com/s3/pricing). Workers: AWS Lambda on x86, us-east-1, by memory and time, which
 * is what the memory classes are cut after (aws.amazon.com/lambda/pricing). Temporal Cloud: the first five million
 * actions (temporal.io/pricing). Self-hosted Temporal and workers of your own cost what their machines do.
 */
export const PRICES = {
  asOf: '2026-11-22',
  s3ListsAndPutsPerThousand: 0.005,
  s3GetsPerThousand: 0.0004,
  lambdaPerGBSecond: 0.000_016_666_7,
  temporalActionsPerMillion: 50,
} as const;
