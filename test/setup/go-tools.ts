import { join } from 'node:path';
import { MidstateError } from '../../src/core/failures.js';
import { findByVariable, findOnPath } from '../../src/local/install/find-executable.js';
import { goInstall } from '../../src/local/install/go-install.js';
import { installOnce } from '../../src/local/install/install-once.js';
import { localCacheDir } from '../../src/local/local-environment.js';

export interface GoTool {
  readonly name: string;
  /** Environment variable that names the executable. */
  readonly variable: string;
  readonly goPackage: string;
  readonly version: string;
}

export const HELM: GoTool = {
  name: 'helm',
  variable: 'HELM_PATH',
  goPackage: 'helm.sh/helm/v3/cmd/helm',
  version: 'v3.22.0',
};

/** Knows the schemas of Kubernetes itself, and refuses unknown fields; needs no cluster and no network. */
export const KUBECTL_VALIDATE: GoTool = {
  name: 'kubectl-validate',
  variable: 'KUBECTL_VALIDATE_PATH',
  goPackage: 'sigs.k8s.io/kubectl-validate',
  version: 'v0.0.4',
};

/**
 * A tool that only tests need, as the local stack finds its servers: by its variable, on PATH, in the cache, else built
 * into the cache with Go (minutes, once). Undefined, with a word, where it cannot be had: its tests are skipped.
 */
export async function locateGoTool(tool: GoTool): Promise<string | undefined> {
  const { env } = process;
  const present = (await findByVariable(tool.variable, env)) ?? (await findOnPath(tool.name, env));
  if (present !== undefined) return present;
  const folder = join(localCacheDir(env), `${tool.name}-${tool.version.slice(1)}`);
  try {
    await installOnce({
      title: `${tool.name} ${tool.version} (for tests)`,
      folder,
      report: console.warn,
      install: async (into) => {
        if (await goInstall({ goPackage: `${tool.goPackage}@${tool.version}`, into, env })) return;
        throw new MidstateError('InvalidInput', 'there is no Go to build it with');
      },
    });
  } catch (error) {
    if (!(error instanceof MidstateError)) throw error;
    console.warn(`skipped, for there is no ${tool.name}: ${error.message}`);
    return undefined;
  }
  return join(folder, tool.name);
}
