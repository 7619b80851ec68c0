import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { bundleWorkflowCode, DefaultLogger } from '@temporalio/worker';

const WORKFLOWS = fileURLToPath(new URL('../../workflows/index.ts', import.meta.url));

/** What `scripts/finish-build.mjs` puts into the bundle of workers that trace. */
const TRACING = createRequire(import.meta.url).resolve(
  '@temporalio/interceptors-opentelemetry-v2/lib/workflow-interceptors',
);

/**
 * The workflows as a worker runs them, bundled from their sources as they stand.
 * @param kind `traced`: with the interceptors of OpenTelemetry
 */
export async function bundleWorkflows(kind: 'plain' | 'traced' = 'plain'): Promise<string> {
  const { code } = await bundleWorkflowCode({
    workflowsPath: WORKFLOWS,
    preloadModules: [WORKFLOWS],
    workflowInterceptorModules: kind === 'traced' ? [TRACING] : [],
    logger: new DefaultLogger('WARN'),
  });
  return code;
}
