import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { tryLock } from '../process/process-lock.js';
import type { LocalEnvironment, Report } from '../local-environment.js';
import { withProgress } from './with-progress.js';

export interface Installation extends Pick<LocalEnvironment, 'signal'> {
  /** What is installed, for the person who waits. */
  readonly title: string;
  /** Folder that exists, complete, once this is installed. */
  readonly folder: string;
  readonly report: Report;
  /** Puts everything that belongs into `folder` into an empty folder beside it. */
  readonly install: (stagingDir: string) => Promise<void>;
}

const LOCK_POLL_MS = 200;

/**
 * Installs into `folder` unless it is there. The folder appears by one rename, so a crash half-way leaves nothing
 * that could be taken for whole; of several processes, one installs and the others wait for it.
 */
export async function installOnce(installation: Installation): Promise<void> {
  const { folder, title, report } = installation;
  if (existsSync(folder)) return;
  await mkdir(dirname(folder), { recursive: true });
  const release = await withProgress(`${title}: waiting for another process to install it`, report, () =>
    waitForLock(`${folder}.lock`, installation.signal),
  );
  try {
    if (existsSync(folder)) return;
    await removeLeftovers(folder);
    const staging = await mkdtemp(`${folder}.installing-`);
    try {
      await withProgress(`${title}: installing (once)`, report, () => installation.install(staging));
      await rename(staging, folder);
    } finally {
      await rm(staging, { recursive: true, force: true });
    }
  } finally {
    await release();
  }
}

async function waitForLock(path: string, signal: AbortSignal | undefined): Promise<() => Promise<void>> {
  for (;;) {
    const attempt = await tryLock(path);
    if (attempt.outcome === 'held') return attempt.release;
    await delay(LOCK_POLL_MS, undefined, signal === undefined ? {} : { signal });
  }
}

/** Staging folders of installers that died; whoever holds the lock is the only one that may have one. */
async function removeLeftovers(folder: string): Promise<void> {
  const parent = dirname(folder);
  for (const name of await readdir(parent)) {
    if (name.startsWith(`${basename(folder)}.installing-`)) await rm(join(parent, name), { recursive: true });
  }
}
