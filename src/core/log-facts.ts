/**
 * Every fact that midstate's own log lines carry, under its one name. docs/observability.md has the table, and a test
 * compares the two. Temporal's SDK adds its own to the lines it writes: `namespace`, `activityId`, `sdkComponent`, …
 */
export const LOG_FACTS = {
  actual: 'what was found where something else was expected',
  algorithms: 'digests to compute',
  attempt: 'attempt of an activity, 1 for the first',
  bucket: 'S3 bucket',
  bytesRead: 'bytes taken from S3',
  bytesReadTwice: 'of these, bytes taken before by another attempt',
  cause: 'name of a failure, see src/core/failures.ts',
  countedIn: 'where memory is scarcest: the folder of a control group, or `process`',
  delaySeconds: 'time until it is tried again',
  detail: 'what is wrong with a message, and where',
  digests: 'digests, each as `algorithm:hex`',
  error: 'message of a failure',
  etag: 'ETag of the object version, without quotes',
  event: 'name that S3 or EventBridge gives an event',
  events: 'events of a message that start nothing',
  expected: 'what was expected',
  key: 'S3 key, decoded',
  limitBytes: 'memory that there is',
  memoryClassMB: 'memory class of the worker, or of the job',
  messageId: 'SQS message',
  origin: 'of the pages that may ask the codec server',
  policyFile: 'file that says what is hashed, and how',
  queueUrl: 'SQS queue',
  reason: 'why something was done in another way than usual',
  receiveCount: 'deliveries of a message, 1 for the first',
  resumedAtByte: 'byte at which a range goes on',
  role: '`worker`, `workflows`, `worker+workflows`, `poller`, `codec` or `bridge`',
  rules: 'rules of the policy file',
  seconds: 'how long it took',
  sizeBytes: 'size of the object',
  startByte: 'first byte of the range',
  usedBytes: 'of it, memory in use',
  usedPercent: 'part of the class’s memory in use',
  url: 'address at which this process can be asked',
  versionId: 'S3 version',
  where: 'where digests were found: `tags` or `sidecar`',
  workflowId: 'Temporal workflow',
} as const;

export type LogFactName = keyof typeof LOG_FACTS;

type FactValue = string | number | boolean | readonly string[] | undefined;

/** Facts of a log line: fixed names, plain values. An error is given as it is and logged by its message and name. */
export type LogFacts = Readonly<Partial<Record<Exclude<LogFactName, 'error'>, FactValue>>> & {
  readonly error?: unknown;
};
