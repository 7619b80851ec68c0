import { relative } from 'node:path';
import { rolldown } from 'rolldown';
import { BUNDLE_TARGET, LAYER_PACKAGES, type FunctionTarget } from './build-targets.js';
import { checkCalls, leanClient } from './lean-client.js';
import { packageOfModule, packageOfSpecifier } from './lockfile.js';

/** First letter of modules that are the bundler's own. */
const VIRTUAL = '\0';

/** Where the bundle lies in a function's folder. */
const LIBRARY = 'lib';

/**
 * Lambda's runtime client loads the handler's module by `import`, and to do that Node looks through its text for what it
 * exports: of the bundle itself, 0.1 CPU-seconds. What that module requires is not looked through.
 */
const ENTRY = `exports.handler = require('./${LIBRARY}/handler.js').handler;\n`;

/** A function's code in few files, and what went into it. */
export interface Bundle {
  readonly files: ReadonlyMap<string, string>;
  readonly sources: readonly string[];
  readonly packages: readonly string[];
  readonly fromLayer: readonly string[];
}

/**
 * Bundles a function from its TypeScript sources as they stand. What is in the layer stays outside, as CommonJS: Lambda
 * names the layer in `NODE_PATH`, which Node heeds for `require` alone.
 *
 * @throws MidstateError InvalidInput when the function calls Temporal's client for more than its target says
 */
export async function bundleFunction(
  root: string,
  { entry, temporalCalls }: Pick<FunctionTarget, 'entry' | 'temporalCalls'>,
): Promise<Bundle> {
  const build = await rolldown({
    cwd: root,
    input: { handler: entry },
    platform: 'node',
    external: temporalCalls === undefined ? LAYER_PACKAGES : [],
    plugins: temporalCalls === undefined ? [] : [leanClient(root, temporalCalls)],
    resolve: { mainFields: ['module', 'main'], extensionAlias: { '.js': ['.ts', '.js'] } },
    transform: { target: BUNDLE_TARGET },
    logLevel: 'warn',
  });
  try {
    const { output } = await build.generate({
      format: 'cjs',
      entryFileNames: `${LIBRARY}/[name].js`,
      chunkFileNames: `${LIBRARY}/[name].js`,
      comments: false,
    });
    const chunks = output.filter((file) => file.type === 'chunk');
    const rendered = chunks
      .flatMap((chunk) => Object.entries(chunk.modules))
      .filter(([id]) => !id.startsWith(VIRTUAL))
      .map(([id, { code }]) => [relative(root, id.split('?')[0] ?? id), code ?? ''] as const);
    const modules = rendered.map(([path]) => path);
    const ours = rendered.filter(([path]) => packageOfModule(path) === undefined);
    if (temporalCalls !== undefined) checkCalls(ours, temporalCalls);
    const imports = chunks.flatMap((chunk) => [...chunk.imports, ...chunk.dynamicImports]);
    return {
      files: new Map([['index.js', ENTRY], ...chunks.map(({ fileName, code }) => [fileName, code] as const)]),
      sources: unique(ours.map(([path]) => path)),
      packages: unique(modules.flatMap((id) => packageOfModule(id) ?? [])),
      fromLayer: unique(imports.filter(isInLayer).map(packageOfSpecifier)),
    };
  } finally {
    await build.close();
  }
}

function isInLayer(name: string): boolean {
  return LAYER_PACKAGES.some((pattern) => pattern.test(name));
}

function unique(names: readonly string[]): string[] {
  return [...new Set(names)].sort();
}
