import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Inputs } from './inputs.js';

/** What is known of an artefact since it was built. */
export interface Artefact {
  readonly inputs: Inputs;
  /** Files it was made from, from the root of the repository: digests of theirs are among the inputs. */
  readonly sources: readonly string[];
  /** Packages whose code is in it, as the lockfile places them (`node_modules/…`). */
  readonly packages: readonly string[];
  /** Packages that it expects in the layer. */
  readonly fromLayer: readonly string[];
  readonly unpackedBytes: number;
  readonly zipBytes: number;
  /** SHA-256 of the archive, in hex. */
  readonly zipDigest: string;
}

export type Manifest = Readonly<Record<string, Artefact>>;

const FORMAT = 1;

/** The manifest of a build folder; empty where there is none that this version understands: everything is then built. */
export function readManifest(folder: string): Manifest {
  const file = manifestFile(folder);
  if (!existsSync(file)) return {};
  try {
    const { format, artefacts } = JSON.parse(readFileSync(file, 'utf8')) as {
      format?: unknown;
      artefacts?: Manifest;
    };
    return format === FORMAT ? (artefacts ?? {}) : {};
  } catch (error) {
    if (error instanceof SyntaxError) return {};
    throw error;
  }
}

/** Written in one go, and after each artefact: a build that is interrupted keeps what it has done. */
export function writeManifest(folder: string, artefacts: Manifest): void {
  const file = manifestFile(folder);
  const fresh = `${file}.${String(process.pid)}`;
  writeFileSync(fresh, `${JSON.stringify({ format: FORMAT, artefacts }, undefined, 2)}\n`);
  renameSync(fresh, file);
}

function manifestFile(folder: string): string {
  return join(folder, 'manifest.json');
}
