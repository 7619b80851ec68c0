import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { BUILD_FOLDER, type Architecture } from '../build/build-targets.js';
import { runBuild } from '../build/run-build.js';
import { loadConfig, type Config } from '../../src/config.js';
import { MidstateError } from '../../src/core/failures.js';
import { unpackArtefacts } from './unpack-artefacts.js';
import { openFunctions, type OpenFunction, type OpenFunctionsOptions } from './open-functions.js';
import {
  findRuntimeClient,
  installRuntimeClient,
  plainRuntimeClient,
  type RuntimeClient,
} from './runtime-client.js';

/** Seen from dist/sam/local. */
const ROOT = fileURLToPath(new URL('../../../', import.meta.url));

export interface LocalSetupOptions {
  readonly timeoutSeconds?: number;
  readonly bucket: string;
  readonly shareCpu: boolean;
  /** Our own runtime client, in the place of AWS's. */
  readonly plain: boolean;
}

export interface LocalSetup {
  readonly config: Config;
  readonly functions: ReadonlyMap<string, OpenFunction>;
  /** What they were opened with. */
  readonly functionOptions: OpenFunctionsOptions;
  readonly client: RuntimeClient;
}

/**
 * Builds what is not built, for this machine's processor, and opens its functions on the servers that the environment names.
 * @throws MidstateError InvalidInput when it names none
 */
export async function setUpLocally(options: LocalSetupOptions): Promise<LocalSetup> {
  const config = loadConfig();
  const { env } = config;
  const address = env['TEMPORAL_ADDRESS'];
  if (address === undefined) {
    throw new MidstateError(
      'InvalidInput',
      'sam invoke: TEMPORAL_ADDRESS is not set; start `npx midstate dev`, and read its variables here: . .midstate/env',
    );
  }
  const architecture: Architecture = process.arch === 'arm64' ? 'arm64' : 'x86_64';
  const folder = join(ROOT, BUILD_FOLDER, architecture);
  await runBuild({ root: ROOT, architecture, portable: false, folder, print: say });
  const client = options.plain ? plainRuntimeClient(ROOT) : await findOrInstallClient(config);
  say(`runtime   ${client.title}`);
  const artefacts = unpackArtefacts(join(folder, 'template.yaml'));
  process.once('exit', artefacts.remove);
  const functionOptions: OpenFunctionsOptions = {
    template: artefacts.template,
    values: {
      BucketName: options.bucket,
      TemporalAddress: address,
      TemporalNamespace: env['TEMPORAL_NAMESPACE'] ?? 'default',
      TaskQueuePrefix: config.taskQueuePrefix,
      Algorithms: config.algorithms.join(','),
      MemoryClasses: config.memoryClasses.join(','),
      ...(options.timeoutSeconds === undefined ? {} : { WorkerTimeoutSeconds: options.timeoutSeconds }),
    },
    env,
    client,
    shareCpu: options.shareCpu,
    log: (name, line) => {
      say(`${name}: ${line}`);
    },
  };
  return { config, functions: openFunctions(functionOptions), functionOptions, client };
}

async function findOrInstallClient({ env, cacheDir }: Config): Promise<RuntimeClient> {
  await installRuntimeClient({ env, cacheDir }, say);
  const client = findRuntimeClient(cacheDir);
  if (client === undefined || !existsSync(client.command[0] ?? ''))
    throw new MidstateError(
      'InvalidInput',
      'sam invoke: aws-lambda-ric is not installed as it should be; use --plain',
    );
  return client;
}

/** Standard output is the function's answer alone. */
export function say(line: string): void {
  process.stderr.write(`${line}\n`);
}
