import { constants } from 'node:fs';
import { access, stat } from 'node:fs/promises';
import { delimiter, isAbsolute, join } from 'node:path';
import { MidstateError } from '../../core/failures.js';
import type { LocalEnvironment } from '../local-environment.js';

/** True for a file (not a folder) that this user may execute. */
export async function isExecutable(path: string): Promise<boolean> {
  try {
    await access(path, constants.X_OK);
    return (await stat(path)).isFile();
  } catch {
    return false;
  }
}

/** The first executable file of that name on `PATH`, absolute; undefined where there is none. */
export async function findOnPath(name: string, env: LocalEnvironment['env']): Promise<string | undefined> {
  for (const folder of (env['PATH'] ?? '').split(delimiter)) {
    if (!isAbsolute(folder)) continue;
    const candidate = join(folder, name);
    if (await isExecutable(candidate)) return candidate;
  }
  return undefined;
}

/**
 * The executable that an environment variable names; undefined where the variable is unset or empty.
 * @throws MidstateError InvalidInput when it names something that cannot be executed
 */
export async function findByVariable(
  variable: string,
  env: LocalEnvironment['env'],
): Promise<string | undefined> {
  const path = env[variable];
  if (path === undefined || path === '') return undefined;
  if (await isExecutable(path)) return path;
  throw new MidstateError(
    'InvalidInput',
    `${variable}: expected the path of an executable file; correct the variable or unset it`,
    { facts: { actual: path } },
  );
}
