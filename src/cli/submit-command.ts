import { InvalidArgumentError, type Command } from 'commander';
import { ALGORITHM_TRAITS, type Algorithm } from '../core/algorithms.js';
import { MidstateError } from '../core/failures.js';
import type { MemoryClassMB } from '../core/memory-classes.js';
import { parseAlgorithms } from '../core/parse-algorithms.js';
import { addProofOptions, type ProofOptions } from './proof-options.js';
import { parseMemoryClass } from './parse-memory-class.js';

export type Expected = Partial<Record<Algorithm, string>>;

export interface SubmitOptions extends ProofOptions {
  readonly event?: string;
  readonly dryRun?: boolean;
  readonly algorithms?: string;
  readonly publish?: string;
  readonly policyFile?: string;
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
    .argument('[object...]', 's3://bucket/key')
    .option('--event <file>', 'do what the poller would with this message body; - for standard input')
    .option('--dry-run', 'say which objects that would be, and start nothing')
    .option('--algorithms <list>', 'digests to compute, e.g. sha1,sha256')
    .option('--publish <list>', 'write digests to tags, sidecar, or both')
    .option('--policy-file <file>', 'with --event: what is hashed, and how')
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
      '\nExample:\n' +
        '  midstate submit s3://bucket/video.mov --expect sha1=a9993e36… --wait\n' +
        '  midstate submit --event message.json --dry-run --json\n' +
        '  echo \'{"bucket":"b","key":"video.mov"}\' | midstate submit --event -\n' +
        '\nAn event may be an S3 notification, an event of EventBridge, either in an envelope of SNS, an S3 Batch\n' +
        'invocation, or lines of {"bucket":…,"key":…}.',
    )
    .action(submit);
}

async function submit(uris: string[], options: SubmitOptions): Promise<void> {
  if ((uris.length === 0) === (options.event === undefined)) {
    throw new MidstateError('InvalidInput', 'submit: expected either s3://bucket/key… or --event');
  }
  if (options.event === undefined) {
    const { submitObjects } = await import('./submit-objects.js');
    await submitObjects(uris, options);
  } else {
    const { submitEvent } = await import('./submit-event.js');
    await submitEvent(options.event, options);
  }
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
