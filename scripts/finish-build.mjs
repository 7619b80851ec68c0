// Second half of the build, after the compiler: the workflow bundle, and the V8 flags of each memory class for bin/midstate.
import { mkdirSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { bundleWorkflowCode, DefaultLogger } from '@temporalio/worker';

const dist = fileURLToPath(new URL('../dist/', import.meta.url));
const { MEMORY_CLASSES_MB, memoryClass } = await import(join(dist, 'src/core/memory-classes.js'));

const TRACING = createRequire(import.meta.url).resolve(
  '@temporalio/interceptors-opentelemetry-v2/lib/workflow-interceptors',
);
await bundle('workflow-bundle.js', []);
await bundle('workflow-bundle-traced.js', [TRACING]);

mkdirSync(join(dist, 'v8-flags'), { recursive: true });
for (const memoryMB of MEMORY_CLASSES_MB) {
  const { maxOldSpaceMB, maxSemiSpaceMB } = memoryClass(memoryMB);
  writeFileSync(
    join(dist, 'v8-flags', String(memoryMB)),
    `--max-old-space-size=${maxOldSpaceMB} --max-semi-space-size=${maxSemiSpaceMB}\n`,
  );
}

/** Two bundles, so that workflows carry OpenTelemetry only where traces are wanted. */
async function bundle(file, workflowInterceptorModules) {
  const { code } = await bundleWorkflowCode({
    workflowsPath: join(dist, 'workflows/index.js'),
    workflowInterceptorModules,
    logger: new DefaultLogger('WARN'),
  });
  writeFileSync(join(dist, file), code);
}
