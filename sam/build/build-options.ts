import type { Architecture } from './build-targets.js';

export interface BuildOptions {
  /** The repository. */
  readonly root: string;
  readonly architecture: Architecture;
  /** Go without the native hash functions. */
  readonly portable: boolean;
  /** Folder that holds what is built for this architecture. */
  readonly folder: string;
  readonly print: (line: string) => void;
}
