import type { LocalEnvironment } from '../local-environment.js';

const PASSED_ON = ['PATH', 'HOME', 'USER', 'TMPDIR', 'LANG', 'LC_ALL', 'TZ'];

/** What servers see of the user's environment: stray settings of other installations (`VGW_*`, `TEMPORAL_*`) do not reach them. */
export function serverEnvironment(env: LocalEnvironment['env']): Record<string, string> {
  const entries = PASSED_ON.map((name) => [name, env[name]] as const);
  return Object.fromEntries(entries.filter((entry): entry is [string, string] => entry[1] !== undefined));
}
