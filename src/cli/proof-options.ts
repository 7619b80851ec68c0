import { InvalidArgumentError, type Command } from 'commander';
import type { Policy } from '../core/contracts.js';
import { MidstateError } from '../core/failures.js';

/** What `submit` and `hash` let a user ask for beside the digests. */
export interface ProofOptions {
  readonly reuseStored?: boolean;
  readonly proveParts?: boolean;
  readonly partSizeBytes?: number;
}

/**
 * Adds the options to a command.
 * @param cost what `--prove-parts` costs there
 */
export function addProofOptions(command: Command, cost: string): Command {
  return command
    .option(
      '--reuse-stored',
      'where S3 holds full-object checksums in every algorithm, take them for the digests and read nothing',
    )
    .option(
      '--prove-parts',
      `also recompute the composite checksum, else the multipart ETag, from the object's parts and compare; ${cost}`,
    )
    .option(
      '--part-size-bytes <bytes>',
      'size of all parts but the last, where S3 cannot tell',
      parseByteCount,
    );
}

/**
 * The options as a job's policy has them.
 * @throws MidstateError InvalidInput for a part size that nothing would use
 */
export function proofPolicy({ reuseStored, proveParts, partSizeBytes }: ProofOptions): Partial<Policy> {
  if (partSizeBytes !== undefined && proveParts !== true) {
    throw new MidstateError('InvalidInput', '--part-size-bytes: expected together with --prove-parts');
  }
  return {
    ...(reuseStored === undefined ? {} : { reuseStored }),
    ...(proveParts === undefined ? {} : { proveParts }),
    ...(partSizeBytes === undefined ? {} : { partSizeBytes }),
  };
}

function parseByteCount(text: string): number {
  const bytes = Number(text);
  if (Number.isSafeInteger(bytes) && bytes > 0) return bytes;
  throw new InvalidArgumentError(`expected a whole number of bytes from 1, got ${text}.`);
}
