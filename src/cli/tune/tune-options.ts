/** Options of `midstate tune`, as text. */
export interface TuneOptions {
  readonly quick?: boolean;
  readonly classes?: string;
  readonly chunks?: string;
  readonly objects?: string;
  readonly algorithms?: readonly string[];
  readonly connections?: string;
  readonly atOnce?: string;
  readonly engines?: string;
  readonly runs?: string;
  readonly python: boolean;
  readonly bucket?: string;
  readonly prefix: string;
  readonly bandwidthMbPerS?: string;
  readonly latencyMs?: string;
  readonly confinement?: string;
  readonly dockerImage?: string;
  readonly unconfined?: boolean;
  readonly lambda?: string;
  readonly yes?: boolean;
  readonly dataDir?: string;
  readonly state?: string;
  readonly fresh?: boolean;
  readonly ci?: string;
  readonly apply?: boolean | string;
  readonly json?: boolean;
  readonly csv?: string;
  readonly html?: string;
}
