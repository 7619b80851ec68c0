// Second half of the build, after the compiler: the workflow bundle, the command line in few files, and the V8 flags
// for bin/midstate.
import { mkdirSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { bundleWorkflowCode, DefaultLogger } from '@temporalio/worker';
import { rolldown } from 'rolldown';

const dist = fileURLToPath(new URL('../dist/', import.meta.url));
const { MEMORY_CLASSES_MB, memoryClass } = await import(join(dist, 'src/core/memory-classes.js'));

const TRACING = createRequire(import.meta.url).resolve(
  '@temporalio/interceptors-opentelemetry-v2/lib/workflow-interceptors',
);
const PRIVATE = join(dist, 'src/temporal/payloads/private-failures.js');
await bundle('workflow-bundle.js', {});
await bundle('workflow-bundle-traced.js', { workflowInterceptorModules: [TRACING] });
await bundle('workflow-bundle-private.js', { failureConverterPath: PRIVATE });
await bundle('workflow-bundle-traced-private.js', {
  workflowInterceptorModules: [TRACING],
  failureConverterPath: PRIVATE,
});

// Node takes longer to find and lex the SDK's hundreds of files than to run them. Only the parts that are used go in
// (`module` entry points can be pruned). Temporal stays outside: its native core and its worker thread are found by path.
// The folder lies as deep as src/cli, for what is found relative to a module.
const commandLine = await rolldown({
  input: join(dist, 'src/cli/main.js'),
  platform: 'node',
  external: [/^@temporalio\//, /^@opentelemetry\//, 'protobufjs'],
  resolve: { mainFields: ['module', 'main'] },
});
await commandLine.write({ dir: join(dist, 'src/bundle'), format: 'esm' });
await commandLine.close();

mkdirSync(join(dist, 'v8-flags'), { recursive: true });
for (const memoryMB of MEMORY_CLASSES_MB) {
  const { maxOldSpaceMB, maxSemiSpaceMB } = memoryClass(memoryMB);
  writeFileSync(
    join(dist, 'v8-flags', String(memoryMB)),
    `--max-old-space-size=${maxOldSpaceMB} --max-semi-space-size=${maxSemiSpaceMB}\n`,
  );
}

// Hashing makes hardly any garbage: a small young generation costs nothing, and saves 16 MB.
writeFileSync(join(dist, 'v8-flags/hash'), '--max-semi-space-size=1\n');

// The poller's garbage is small messages. Up to 256 MB V8 lets the heap grow in its smallest steps; that many are room
// for a hundred of the largest messages (1 MB) in hand.
writeFileSync(join(dist, 'v8-flags/poller'), '--max-old-space-size=256 --max-semi-space-size=1\n');

/** Several bundles, so that workflows carry OpenTelemetry, and encrypt failures, only where that is wanted. */
async function bundle(file, options) {
  const { code } = await bundleWorkflowCode({
    workflowsPath: join(dist, 'workflows/index.js'),
    // Run once for all workflows, not once for each: the modules hold nothing of a workflow.
    preloadModules: [join(dist, 'workflows/index.js')],
    ...options,
    logger: new DefaultLogger('WARN'),
  });
  writeFileSync(join(dist, file), code);
}
