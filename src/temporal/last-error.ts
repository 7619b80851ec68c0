import type { Client } from '@temporalio/client';
import { decodeOptionalFailureToOptionalError } from '@temporalio/common/lib/internal-non-workflow/index.js';

type Failure = Parameters<typeof decodeOptionalFailureToOptionalError>[1];

/** Message of a failure as the server holds it, decrypted where it is encrypted; undefined where there is none. */
export async function lastErrorOf({ options }: Client, failure: Failure): Promise<string | undefined> {
  const error = await decodeOptionalFailureToOptionalError(options.loadedDataConverter, failure);
  return error?.message;
}
