import { relative } from 'node:path';
import { rolldown } from 'rolldown';
import { BUNDLE_TARGET, LAYER_PACKAGES } from './build-targets.js';
import { packageOfModule, packageOfSpecifier } from './lockfile.js';

/** First letter of modules that are the bundler's own. */
const VIRTUAL = '\0';

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
 * @param entry from `root`
 */
export async function bundleFunction(root: string, entry: string): Promise<Bundle> {
  const build = await rolldown({
    cwd: root,
    input: { index: entry },
    platform: 'node',
    external: LAYER_PACKAGES,
    resolve: { mainFields: ['module', 'main'], extensionAlias: { '.js': ['.ts', '.js'] } },
    transform: { target: BUNDLE_TARGET },
    logLevel: 'warn',
  });
  try {
    const { output } = await build.generate({
      format: 'cjs',
      entryFileNames: '[name].js',
      chunkFileNames: '[name].js',
      comments: false,
    });
    const chunks = output.filter((file) => file.type === 'chunk');
    const modules = chunks
      .flatMap(({ moduleIds }) => moduleIds)
      .filter((id) => !id.startsWith(VIRTUAL))
      .map((id) => relative(root, id.split('?')[0] ?? id));
    const imports = chunks.flatMap((chunk) => [...chunk.imports, ...chunk.dynamicImports]);
    return {
      files: new Map(chunks.map(({ fileName, code }) => [fileName, code])),
      sources: unique(modules.filter((id) => packageOfModule(id) === undefined)),
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
