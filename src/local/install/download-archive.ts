import { createWriteStream } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { MidstateError } from '../../core/failures.js';
import type { LocalEnvironment } from '../local-environment.js';
import { runTool } from './run-tool.js';

export interface ArchiveDownload extends Pick<LocalEnvironment, 'env' | 'signal'> {
  /** Address of a `.tar.gz`. */
  readonly url: string;
  readonly into: string;
  /** How long to wait for the server's answer; the body may take 10 minutes. */
  readonly answerTimeoutMs: number;
}

const BODY_TIMEOUT_MS = 10 * 60_000;

/**
 * Downloads a `.tar.gz` and unpacks it.
 * @throws MidstateError StoreUnavailable when the server does not answer in time or with an error
 */
export async function downloadArchive(download: ArchiveDownload): Promise<void> {
  const archive = join(download.into, 'download.tar.gz');
  const abort = new AbortController();
  let timer = setTimeout(() => {
    abort.abort();
  }, download.answerTimeoutMs);
  try {
    const response = await fetch(download.url, {
      signal: AbortSignal.any([abort.signal, ...(download.signal === undefined ? [] : [download.signal])]),
    });
    if (!response.ok || response.body === null) throw new Error(`HTTP ${String(response.status)}`);
    clearTimeout(timer);
    timer = setTimeout(() => {
      abort.abort();
    }, BODY_TIMEOUT_MS);
    await pipeline(Readable.fromWeb(response.body), createWriteStream(archive));
  } catch (error) {
    throw new MidstateError('StoreUnavailable', `download failed: ${reasonOf(error)}`, {
      facts: { url: download.url },
      cause: error,
    });
  } finally {
    clearTimeout(timer);
  }
  await runTool({
    command: 'tar',
    args: ['-xzf', archive, '-C', download.into],
    env: download.env,
    signal: download.signal,
  });
  await rm(archive);
}

/** `fetch` says only "fetch failed"; what failed is in the cause. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error ? error.cause.message : error.message;
}
