import { join } from 'node:path';
import { MidstateError } from '../../core/failures.js';
import { downloadArchive } from '../install/download-archive.js';
import { findByVariable, findOnPath } from '../install/find-executable.js';
import { goInstall } from '../install/go-install.js';
import { installOnce } from '../install/install-once.js';
import { runTool } from '../install/run-tool.js';
import type { LocalEnvironment, Report } from '../local-environment.js';

/** Server 1.29.1 with UI 2.42.1; the newest version that `go install` builds (v1.9.1 has a `replace` directive). */
const VERSION = '1.5.1';
const GO_PACKAGE = `github.com/temporalio/cli/cmd/temporal@v${VERSION}`;
/** Documented in the CLI's README and install script. */
const DOWNLOADS = 'https://temporal.download/cli/archive';
const ANSWER_TIMEOUT_MS = 5_000;

/**
 * The Temporal CLI, which holds the dev server and the Web UI: `TEMPORAL_CLI_PATH`, else `PATH`, else the cache,
 * else installed into the cache (a download of seconds, or where that is not reachable a Go build of minutes).
 * @throws MidstateError InvalidInput when it is nowhere and cannot be installed
 */
export async function locateTemporalCli(
  environment: LocalEnvironment,
  report: Report,
  downloads: string = DOWNLOADS,
): Promise<string> {
  const { env, cacheDir, signal } = environment;
  const present = (await findByVariable('TEMPORAL_CLI_PATH', env)) ?? (await findOnPath('temporal', env));
  if (present !== undefined) return present;
  const folder = join(cacheDir, `temporal-cli-${VERSION}`);
  const title = `Temporal CLI ${VERSION}`;
  await installOnce({
    title,
    folder,
    report,
    signal,
    install: async (stagingDir) => {
      const downloaded = await tryDownload(stagingDir, environment, downloads);
      if (downloaded === 'installed') return;
      report(`${title}: ${downloaded}; building it with Go instead, which takes minutes the first time`);
      if (!(await goInstall({ goPackage: GO_PACKAGE, into: stagingDir, env, signal })))
        throw notInstallable(cacheDir, downloaded);
    },
  });
  return join(folder, 'temporal');
}

/** Downloads the release and runs it once; gives the reason when either does not work. */
async function tryDownload(
  into: string,
  { env, signal }: LocalEnvironment,
  downloads: string,
): Promise<'installed' | (string & {})> {
  const platform = process.platform === 'darwin' ? 'darwin' : 'linux';
  const arch = process.arch === 'arm64' ? 'arm64' : 'amd64';
  const url = `${downloads}/v${VERSION}?platform=${platform}&arch=${arch}`;
  try {
    await downloadArchive({ url, into, env, signal, answerTimeoutMs: ANSWER_TIMEOUT_MS });
    const said = await runTool({ command: join(into, 'temporal'), args: ['--version'], env, signal });
    return said.includes(VERSION) ? 'installed' : `the download is another version (${said.trim()})`;
  } catch (error) {
    if (error instanceof MidstateError) return error.message;
    throw error;
  }
}

function notInstallable(cacheDir: string, downloaded: string): MidstateError {
  return new MidstateError(
    'InvalidInput',
    `Temporal CLI: not in TEMPORAL_CLI_PATH, on PATH, or in ${cacheDir}; ${downloaded}; and there is no Go to build it ` +
      'with. Install the Temporal CLI (https://docs.temporal.io/cli) or Go (https://go.dev/dl), ' +
      'or set TEMPORAL_CLI_PATH to the executable',
  );
}
