import { spawnSync } from 'node:child_process';
import { ALGORITHMS, type Algorithm } from '../../src/core/algorithms.js';
import { findOnPath } from '../../src/local/install/find-executable.js';
import { runTool } from '../../src/local/install/run-tool.js';
import type { Report } from '../../src/local/local-environment.js';
import { LOCAL_REGION } from '../../src/local/aws-clients.js';
import type { Command } from '../measure/measure-command.js';
import { BUCKET } from '../stage/bench-object.js';
import { clientEnvironment, firstWords, type Peer } from './contender.js';

const TITLE = 'rclone hashsum --download';

/** rclone as it is installed, else as Debian has it (root only), else a word on why not. It reads in one GET. */
export async function findRclone(env: Command['env'], report: Report): Promise<Peer> {
  if ((await findOnPath('rclone', env)) === undefined) {
    const reason = await installWithApt(env, report);
    if (reason !== undefined) return { id: 'rclone', title: TITLE, reason };
  }
  const algorithms = supportedAlgorithms(env);
  return {
    id: 'rclone',
    title: TITLE,
    algorithms,
    command: ({ endpoint, object, algorithms: [algorithm] }) => ({
      argv: [
        ...['rclone', 'hashsum', String(algorithm), '--download', `:s3:${BUCKET}/${object.key}`],
        ...['--config', '', '--s3-provider', 'Other', '--s3-env-auth', '--s3-region', LOCAL_REGION],
        ...['--s3-endpoint', endpoint.url],
        ...(endpoint.authority === undefined ? [] : ['--ca-cert', endpoint.authority]),
      ],
      // It takes the authority by its flag, and chokes on the SDK's variable.
      env: { ...clientEnvironment(env, endpoint), AWS_CA_BUNDLE: undefined },
    }),
    resultOf: firstWords,
  };
}

/** Without an argument, `rclone hashsum` lists the hashes it knows. */
function supportedAlgorithms(env: Command['env']): Algorithm[] {
  const { stdout } = spawnSync('rclone', ['hashsum'], { encoding: 'utf8', env: { ...env } });
  const names = new Set(stdout.split('\n').map((line) => line.replace(/^\s*\*\s*/, '').trim()));
  return ALGORITHMS.filter((algorithm) => names.has(algorithm));
}

async function installWithApt(env: Command['env'], report: Report): Promise<string | undefined> {
  if ((await findOnPath('apt-get', env)) === undefined) return 'rclone is not installed';
  if (process.getuid?.() !== 0) return 'rclone is not installed, and only root may install it with apt-get';
  report('rclone: installing with apt-get');
  const quiet = { env: { ...env, DEBIAN_FRONTEND: 'noninteractive' }, command: 'apt-get' };
  const install = () =>
    runTool({ ...quiet, args: ['install', '-y', '-q', '--no-install-recommends', 'rclone'] });
  try {
    await install().catch(async () => {
      await runTool({ ...quiet, args: ['update', '-q'] });
      await install();
    });
    return undefined;
  } catch (error) {
    return `rclone could not be installed: ${error instanceof Error ? (error.message.split('\n')[0] ?? '') : ''}`;
  }
}
