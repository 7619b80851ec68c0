import { join } from 'node:path';
import { findOnPath } from './find-executable.js';
import { runTool } from './run-tool.js';
import type { LocalEnvironment } from '../local-environment.js';

export interface GoInstall extends Pick<LocalEnvironment, 'env' | 'signal'> {
  /** Package and version, as `go install` takes them. */
  readonly goPackage: string;
  /** Folder that gets the executable. */
  readonly into: string;
}

/** The `go` command: on `PATH`, else in `GOROOT`, else where Go's own installer puts it. */
export async function findGo(env: LocalEnvironment['env']): Promise<string | undefined> {
  const folders = [env['PATH'], env['GOROOT'] && join(env['GOROOT'], 'bin'), '/usr/local/go/bin'];
  return findOnPath('go', { PATH: folders.filter(Boolean).join(':') });
}

/**
 * Builds a Go program; its modules are checked against Go's checksum database.
 * @returns false where there is no `go`
 * @throws MidstateError InvalidInput with the compiler's words when the build fails
 */
export async function goInstall(install: GoInstall): Promise<boolean> {
  const go = await findGo(install.env);
  if (go === undefined) return false;
  const env = { ...install.env, GOBIN: install.into };
  await runTool({ command: go, args: ['install', install.goPackage], env, signal: install.signal });
  return true;
}
