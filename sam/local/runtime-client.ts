import { existsSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { realpathSync } from 'node:fs';
import { runTool } from '../../src/local/install/run-tool.js';
import { installOnce } from '../../src/local/install/install-once.js';
import type { LocalEnvironment, Report } from '../../src/local/local-environment.js';

/** The Node that Lambda's runtime has, and AWS's client for it. */
export const NODE_VERSION = '22.23.3';
export const CLIENT_VERSION = '4.0.2';

/** What runs a function: a Node, and the client that speaks to the runtime API. */
export interface RuntimeClient {
  /** For the person who reads it. */
  readonly title: string;
  readonly command: readonly string[];
}

/** The handler is `index.handler` for each function. */
export const HANDLER = 'index.handler';

/** AWS's client on Lambda's Node, where `installRuntimeClient` has put them; else undefined. */
export function findRuntimeClient(cacheDir: string): RuntimeClient | undefined {
  const folder = folderOf(cacheDir);
  const client = join(folder, 'node_modules/aws-lambda-ric');
  if (!existsSync(join(client, 'rapid-client.node'))) return undefined;
  const node = join(folder, `node_modules/${nodePackage()}/bin/node`);
  return {
    title: `aws-lambda-ric ${CLIENT_VERSION} on Node ${NODE_VERSION}`,
    command: [node, join(client, 'index.mjs'), HANDLER],
  };
}

/** Our own client on the Node that runs: for where AWS's cannot be installed. */
export function plainRuntimeClient(root: string): RuntimeClient {
  return {
    title: `the plain client on Node ${process.versions.node}`,
    command: [process.execPath, join(root, 'sam/local/plain-client.mjs')],
  };
}

/**
 * Installs AWS's client from npm, once for all projects of a user: two minutes, for it compiles a part of itself.
 * @throws MidstateError with the compiler's last words; it needs cmake, a C++ compiler and Python
 */
export async function installRuntimeClient(environment: LocalEnvironment, report: Report): Promise<void> {
  const { env } = environment;
  const nodedir = env['npm_config_nodedir'] ?? dirname(dirname(realpathSync(process.execPath)));
  await installOnce({
    title: `aws-lambda-ric ${CLIENT_VERSION}`,
    folder: folderOf(environment.cacheDir),
    report,
    signal: environment.signal,
    install: async (staging) => {
      const run = (command: string, args: readonly string[], cwd = staging) =>
        runTool({
          command,
          args,
          cwd,
          env: { ...env, npm_config_nodedir: nodedir },
          signal: environment.signal,
        });
      const packages = [`aws-lambda-ric@${CLIENT_VERSION}`, `${nodePackage()}@${NODE_VERSION}`];
      // Run by hand: npm asks before it runs the scripts of a package.
      await run('npm', [
        'install',
        '--prefix',
        '.',
        '--ignore-scripts',
        '--no-audit',
        '--no-fund',
        ...packages,
      ]);
      const client = join(staging, 'node_modules/aws-lambda-ric');
      await run('sh', ['scripts/preinstall.sh'], client);
      await run('sh', ['scripts/postinstall.sh'], client);
      await rm(join(client, 'deps'), { recursive: true });
    },
  });
}

function folderOf(cacheDir: string): string {
  return join(cacheDir, `aws-lambda-ric-${CLIENT_VERSION}`);
}

/** npm has Node's binaries, one package for each platform. */
function nodePackage(): string {
  return `node-${process.platform}-${process.arch}`;
}
