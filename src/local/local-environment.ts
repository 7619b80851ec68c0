import { homedir } from 'node:os';
import { join } from 'node:path';

/** Takes one line of progress for the person who waits. */
export type Report = (line: string) => void;

/** What the local stack knows of the machine; the composition root reads it from the process. */
export interface LocalEnvironment {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Absolute folder that installed servers are kept in, shared by all projects of a user. */
  readonly cacheDir: string;
  /** Gives up what goes on: an installation, a start. */
  readonly signal?: AbortSignal | undefined;
}

/** The folder for installed servers: `MIDSTATE_CACHE_DIR`, else `midstate` in the user's cache folder (XDG). */
export function localCacheDir(env: LocalEnvironment['env']): string {
  const own = env['MIDSTATE_CACHE_DIR'];
  if (own !== undefined && own !== '') return own;
  const xdg = env['XDG_CACHE_HOME'];
  return join(xdg !== undefined && xdg !== '' ? xdg : join(env['HOME'] ?? homedir(), '.cache'), 'midstate');
}
