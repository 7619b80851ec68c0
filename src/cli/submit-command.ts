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
import { jobUrl, type WebUi } from '../temporal/web-ui-links.js';
import { EXIT } from './exit-codes.js';
import { printJson, printLine } from './output.js';
import { addProofOptions, proofPolicy, type ProofOptions } from './proof-options.js';
import { parseMemoryClass } from './worker-command.js';

type Expected = Partial<Record<Algorithm, string>>;

interface SubmitOptions extends ProofOptions {
  readonly algorithms?: string;
  readonly publish?: string;
  readonly versionId?: string;
  readonly memoryClass?: MemoryClassMB;
  readonly parallelRanges?: string;
  readonly expect?: Expected;
  readonly again?: boolean;
  readonly wait?: boolean;
  readonly json?: boolean;
}

export function addSubmitCommand(program: Command): void {
  const command = program
    .command('submit')
    .description('start the jobs of objects by hand, as their events would')
    .argument('<object...>', 's3://bucket/key')
    .option('--algorithms <list>', 'digests to compute, e.g. sha1,sha256')
    .option('--publish <list>', 'write digests to tags, sidecar, or both')
    .option('--version-id <id>', 'hash this version (one object only)')
    .option('--memory-class <MB>', 'hash in this class, whatever the size', parseMemoryClass)
    .option(
      '--parallel-ranges <count>',
      'ranges hashed at once where all algorithms are CRCs, 1 to 64 (default: 8)',
    )
    .option('--expect <algorithm=digest>', 'digest the object should have; repeatable', parseExpected)
    .option('--again', 'hash a version that has been hashed already once more');
  addProofOptions(command, 'reads the bytes once more, unless all algorithms are CRCs')
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
  const { publish, parallelRanges } = options;
  const algorithms = options.algorithms ?? nonEmpty(wanted);
  const config = loadConfig({ algorithms, publish, parallelRanges });
  const locations = uris.map(parseS3Uri);
  const store = createS3ObjectStore(createS3Client({ ...config.aws, idleTimeoutMs: 30_000, connections: 4 }));
  const client = await connectClient();
  const { uiUrl } = config;
  const ui = uiUrl === undefined ? undefined : { url: uiUrl, namespace: client.options.namespace };
  try {
    for (const location of locations) {
      const versionId = options.versionId === undefined ? {} : { versionId: options.versionId };
      const { object } = await store.describe({ ...location, ...versionId });
      await submitOne({ client, ui }, inputOf(config, options, object), options);
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
      ...proofPolicy(options),
    },
  };
}

interface Temporal {
  readonly client: Client;
  /** Where its Web UI is, if that is known. */
  readonly ui: WebUi | undefined;
}

async function submitOne(
  { client, ui }: Temporal,
  input: HashObjectInput,
  options: SubmitOptions,
): Promise<void> {
  const job = await startOrFind(client, input, options.again === true);
  const uri = formatS3Uri(input.object);
  const link = ui === undefined ? undefined : jobUrl(ui, job.workflowId);
  if (options.wait !== true) {
    if (options.json === true) {
      printJson({ object: input.object, ...job, ...(link === undefined ? {} : { webUi: link }) });
      return;
    }
    printLine(`${job.isNew ? 'started' : 'already hashed'}  ${uri}  ${job.workflowId}`);
    if (link !== undefined) printLine(`  ${link}`);
    return;
  }
  const result = await jobResult(client, job.workflowId);
  const verdict = judgeDigests(result.digests, input.expected);
  if (options.json === true) printJson({ ...job, ...result, verdict });
  else {
    printLine(`${result.outcome} ${verdict}  ${uri}  ${digestsOf(result)}`);
    for (const note of result.notes ?? []) printLine(`  ${note}`);
  }
  if (verdict === 'mismatch') process.exitCode = EXIT.mismatch;
}

/** Starts the job; where the version was hashed before, but not as thoroughly as is asked for now, starts it again. */
async function startOrFind(client: Client, input: HashObjectInput, again: boolean): Promise<StartedJob> {
  const found = await startHashObject(client, input, again);
  if (found.isNew) return found;
  const result = await jobResult(client, found.workflowId);
  return answers(result, input) ? found : await startHashObject(client, input, true);
}

function answers({ digests, proof, object }: HashObjectResult, input: HashObjectInput): boolean {
  const { algorithms, policy } = input;
  const isComplete = algorithms.every((algorithm) => digests[algorithm] !== undefined);
  const wasRead = proof.kind !== 'reused-stored' || policy?.reuseStored === true;
  const hasParts = /-\d+$/.test(object.etag ?? '');
  const arePartsProved = policy?.proveParts !== true || !hasParts || proof.kind === 'stored-parts';
  return isComplete && wasRead && arePartsProved;
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
