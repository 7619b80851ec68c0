import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { formatBytes } from '../../src/core/format-bytes.js';
import type { BuildOptions } from './build-options.js';
import { FUNCTIONS, LAYER } from './build-targets.js';
import { buildFunction, functionInputs, type MadeOf } from './function-build.js';
import { digestOfFile, explainChange, type Inputs } from './inputs.js';
import { buildLayer, layerInputs } from './layer-build.js';
import type { Lockfile } from './lockfile.js';
import { readManifest, writeManifest, type Artefact, type Manifest } from './manifest.js';
import { checkFitsLambda, unpackedBytes } from './sizes.js';
import { writeTemplate } from './write-template.js';
import { writeZip } from './write-zip.js';

/** What a build did with an artefact. */
export interface BuildStep {
  readonly name: string;
  /** Why it was built; undefined when it was left as it is. */
  readonly reason: string | undefined;
}

/**
 * Builds the functions and the layer for one architecture, each only when its inputs changed.
 * @throws MidstateError InvalidInput: no compiler, a package that is not installed, larger than Lambda takes
 */
export async function runBuild(options: BuildOptions): Promise<BuildStep[]> {
  const { root, folder, architecture } = options;
  mkdirSync(folder, { recursive: true });
  const lock = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')) as Lockfile;
  const book = new Book(options);
  for (const target of FUNCTIONS) {
    const inputs = (madeOf: MadeOf) => functionInputs(root, target, madeOf, lock);
    await book.build(target.name, inputs, () => buildFunction(options, target));
  }
  const needed = [...new Set(FUNCTIONS.flatMap(({ name }) => book.of(name).fromLayer))].sort();
  await book.build(
    LAYER,
    () => layerInputs(options, needed),
    () => Promise.resolve({ sources: [], packages: buildLayer(options, needed, lock), fromLayer: [] }),
  );
  for (const { name } of FUNCTIONS) {
    const { unpackedBytes: functionBytes, fromLayer } = book.of(name);
    checkFitsLambda(name, functionBytes, fromLayer.length === 0 ? 0 : book.of(LAYER).unpackedBytes);
  }
  writeTemplate(root, folder, architecture);
  return book.steps;
}

/** Keeps the manifest, and decides by it. */
class Book {
  readonly steps: BuildStep[] = [];
  #artefacts: Manifest;

  constructor(private readonly options: BuildOptions) {
    this.#artefacts = readManifest(options.folder);
  }

  of(name: string): Artefact {
    const artefact = this.#artefacts[name];
    if (artefact === undefined) throw new Error(`${name} is not built`);
    return artefact;
  }

  /** Builds an artefact and packs it, unless it stands as the manifest says and would come out the same. */
  async build(
    name: string,
    inputs: (madeOf: MadeOf) => Inputs,
    make: () => Promise<MadeOf & Pick<Artefact, 'fromLayer'>>,
  ): Promise<void> {
    const { folder } = this.options;
    const reason = this.#reason(name, inputs);
    this.steps.push({ name, reason });
    if (reason !== undefined) {
      const { [name]: _old, ...others } = this.#artefacts;
      const zip = join(folder, `${name}.zip`);
      rmSync(zip, { force: true });
      const made = await make();
      await writeZip(join(folder, name), zip);
      const artefact = {
        ...made,
        inputs: inputs(made),
        unpackedBytes: unpackedBytes(join(folder, name)),
        zipBytes: readFileSync(zip).length,
        zipDigest: digestOfFile(zip),
      };
      this.#artefacts = { ...others, [name]: artefact };
      writeManifest(folder, this.#artefacts);
    }
    this.#print(name, reason);
  }

  #reason(name: string, inputs: (madeOf: MadeOf) => Inputs): string | undefined {
    const { folder } = this.options;
    const before = this.#artefacts[name];
    if (before === undefined) return 'it was not built before';
    const change = explainChange(before.inputs, inputs(before));
    if (change !== undefined) return change;
    const zip = join(folder, `${name}.zip`);
    if (!existsSync(zip) || !existsSync(join(folder, name))) return 'what was built is gone';
    return digestOfFile(zip) === before.zipDigest ? undefined : 'the archive is not the one that was built';
  }

  #print(name: string, reason: string | undefined): void {
    const { unpackedBytes: unpacked, zipBytes } = this.of(name);
    const sizes = `${formatBytes(unpacked)}, ${formatBytes(zipBytes)} zipped`;
    this.options.print(
      `${name.padEnd(9)} ${reason === undefined ? 'unchanged' : `built: ${reason}`} (${sizes})`,
    );
  }
}
