import { join } from 'node:path';
import { MidstateError } from '../../core/failures.js';
import { findByVariable, findOnPath } from '../install/find-executable.js';
import { goInstall } from '../install/go-install.js';
import { installOnce } from '../install/install-once.js';
import type { LocalEnvironment, Report } from '../local-environment.js';

const VERSION = '1.8.0';
const GO_PACKAGE = `github.com/versity/versitygw/cmd/versitygw@v${VERSION}`;

/**
 * The S3 server: `VERSITYGW_PATH`, else `PATH`, else the cache, else built into the cache with Go.
 * @throws MidstateError InvalidInput when it is nowhere and cannot be built
 */
export async function locateVersitygw(
  { env, cacheDir, signal }: LocalEnvironment,
  report: Report,
): Promise<string> {
  const present = (await findByVariable('VERSITYGW_PATH', env)) ?? (await findOnPath('versitygw', env));
  if (present !== undefined) return present;
  const folder = join(cacheDir, `versitygw-${VERSION}`);
  await installOnce({
    title: `versitygw ${VERSION} (S3)`,
    folder,
    report,
    signal,
    install: async (stagingDir) => {
      if (!(await goInstall({ goPackage: GO_PACKAGE, into: stagingDir, env, signal })))
        throw notInstallable(cacheDir);
    },
  });
  return join(folder, 'versitygw');
}

function notInstallable(cacheDir: string): MidstateError {
  return new MidstateError(
    'InvalidInput',
    `versitygw (the local S3 server): not in VERSITYGW_PATH, on PATH, or in ${cacheDir}, and there is no Go to build ` +
      'it with. Install Go (https://go.dev/dl), or unpack a release ' +
      `(https://github.com/versity/versitygw/releases/tag/v${VERSION}) and set VERSITYGW_PATH to the executable`,
  );
}
