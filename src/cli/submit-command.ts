import { InvalidArgumentError, type Command } from 'commander';
import type { Client } from '@temporalio/client';
import { loadConfig, policyOf, type Config } from '../config.js';
import { ALGORITHM_TRAITS, type Algorithm } from '../core/algorithms.js';
import type { HashObjectInput, HashObjectResult } from '../core/contracts.js';
import { formatS3Uri, parseS3Uri } from '../core/s3-uri.js';
import { judgeDigests } from '../core/proof.js';
import { parseAlgorithms } from '../core/parse-algorithms.js';
import type { MemoryClassMB } from '../core/memory-classes.js';
import { jobResult } from '../temporal/job-result.js';
import { startHashObject, type StartedJob } from '../temporal/start-hash-object.js';
import { createS3Client } from '../storage/aws-clients.js';
import { createS3ObjectStore } from '../storage/s3-object-store.js';
import { connectClient } from '../temporal/temporal-connection.js';
import { EXIT } from './exit-codes.js';
import { printJson, printLine } from './output.js';
import { parseMemoryClass } from './worker-command.js';

type Expected = Partial<Record<Algorithm, string>>;

interface SubmitOptions {
  readonly algorithms?: string;
  readonly publish?: string;
  readonly versionId?: string;
  readonly memoryClass?: MemoryClassMB;
  readonly expect?: Expected;
  readonly again?: boolean;
  readonly wait?: boolean;
  readonly json?: boolean;
}

export function addSubmitCommand(program: Command): void {
  program
    .command('submit')
    .description('start the jobs of objects by hand, as their events would')
    .argument('<object...>', 's3://bucket/key')
    .option('--algorithms <list>', 'digests to compute, e.g. sha1,sha256')
    .option('--publish <list>', 'write digests to tags, sidecar, or both')
    .option('--version-id <id>', 'hash this version (one object only)')
    .option('--memory-class <MB>', 'hash in this class, whatever the size', parseMemoryClass)
    .option('--expect <algorithm=digest>', 'digest the object should have; repeatable', parseExpected)
    .option('--again', 'hash a version that has been hashed already once more')
    .option('--wait', 'wait for the results')
    .option('--json', 'print one JSON value a line')
    .addHelpText(
      'after',
      '\nExample:\n  midstate submit s3://bucket/video.mov --expect sha1=a9993e36… --wait',
    )
    .action(submit);
}

async function submit(uris: string[], options: SubmitOptions): Promise<void> {
  const expected = options.expect ?? {};
  const wanted = Object.keys(expected).join(',');
  const config = loadConfig({ algorithms: options.algorithms ?? nonEmpty(wanted), publish: options.publish });
  const locations = uris.map(parseS3Uri);
  const store = createS3ObjectStore(createS3Client({ ...config.aws, idleTimeoutMs: 30_000, connections: 4 }));
  const client = await connectClient();
  try {
    for (const location of locations) {
      const versionId = options.versionId === undefined ? {} : { versionId: options.versionId };
      const { object } = await store.describe({ ...location, ...versionId });
      await submitOne(client, inputOf(config, options, object), options);
    }
  } finally {
    await client.connection.close();
  }
}

function inputOf(config: Config, options: SubmitOptions, object: HashObjectInput['object']): HashObjectInput {
  return {
    object,
    algorithms: config.algorithms,
    source: { kind: 'submit' },
    ...(options.expect === undefined ? {} : { expected: options.expect }),
    policy: {
      ...policyOf(config, object),
      ...(options.memoryClass === undefined ? {} : { memoryClassMB: options.memoryClass }),
    },
  };
}

async function submitOne(client: Client, input: HashObjectInput, options: SubmitOptions): Promise<void> {
  const job = await startOrFind(client, input, options.again === true);
  const uri = formatS3Uri(input.object);
  if (options.wait !== true) {
    if (options.json === true) printJson({ object: input.object, ...job });
    else printLine(`${job.isNew ? 'started' : 'already hashed'}  ${uri}  ${job.workflowId}`);
    return;
  }
  const result = await jobResult(client, job.workflowId);
  const verdict = judgeDigests(result.digests, input.expected);
  if (options.json === true) printJson({ ...job, ...result, verdict });
  else printLine(`${result.outcome} ${verdict}  ${uri}  ${digestsOf(result)}`);
  if (verdict === 'mismatch') process.exitCode = EXIT.mismatch;
}

/** Starts the job; where the version was hashed before, but not with every algorithm asked for, starts it again. */
async function startOrFind(client: Client, input: HashObjectInput, again: boolean): Promise<StartedJob> {
  const found = await startHashObject(client, input, again);
  if (found.isNew) return found;
  const { digests } = await jobResult(client, found.workflowId);
  const isComplete = input.algorithms.every((algorithm) => digests[algorithm] !== undefined);
  return isComplete ? found : await startHashObject(client, input, true);
}

function digestsOf({ digests }: HashObjectResult): string {
  return Object.entries(digests)
    .map((pair) => pair.join(':'))
    .join(' ');
}

function parseExpected(text: string, previous: Expected = {}): Expected {
  const [name = '', digest = ''] = text.split('=');
  const [algorithm] = parseAlgorithms(name);
  const length = algorithm === undefined ? 0 : ALGORITHM_TRAITS[algorithm].digestHexLength;
  if (algorithm === undefined || !/^[0-9a-f]+$/i.test(digest) || digest.length !== length) {
    throw new InvalidArgumentError(
      `expected ALGORITHM=DIGEST, the digest in ${String(length)} hex digits, got ${text}.`,
    );
  }
  return { ...previous, [algorithm]: digest.toLowerCase() };
}

function nonEmpty(text: string): string | undefined {
  return text === '' ? undefined : text;
}
