/**
 * Prices that estimates and plans are made with, in US dollars: list prices without free tiers and discounts, of one
 * day. Yours may differ; the counts beside them do not depend on these.
 *
 * S3: Standard, us-east-1 (aws.amazon.com/s3/pricing). SQS: standard queues (aws.amazon.com/sqs/pricing). Workers: AWS
 * Lambda on x86 (and, where it is said, on arm64), us-east-1, by memory and time, which is what the memory classes are cut after
 * (aws.amazon.com/lambda/pricing); workers that are paid while they idle: AWS Fargate, Linux on x86, us-east-1
 * (aws.amazon.com/fargate/pricing). Temporal Cloud: the first five million actions (temporal.io/pricing). Self-hosted
 * Temporal and workers on machines of your own cost what those machines do.
 */
export const PRICES = {
  asOf: '2026-11-22',
  s3ListsAndPutsPerThousand: 0.005,
  s3GetsPerThousand: 0.0004,
  sqsRequestsPerMillion: 0.4,
  lambdaPerGBSecond: 0.000_016_666_7,
  lambdaArm64PerGBSecond: 0.000_013_333_4,
  lambdaInvocationsPerMillion: 0.2,
  fargatePerVcpuHour: 0.04048,
  fargatePerGBHour: 0.004_445,
  temporalActionsPerMillion: 50,
} as const;
