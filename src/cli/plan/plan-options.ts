/** Options of `midstate plan`, as text. */
export interface PlanOptions {
  readonly burst?: string;
  readonly rate?: string;
  readonly csv?: string;
  readonly sizes?: string;
  readonly random?: string;
  readonly target?: string;
  readonly preset?: string;
  readonly scaling?: string;
  readonly workers?: string;
  readonly maxWorkers?: string;
  readonly startUpS?: string;
  readonly memoryClass?: string;
  readonly mbPerS?: string;
  readonly tune?: string;
  readonly objectsAtOnce?: string;
  readonly overheadMs?: string;
  readonly startsPerS?: string;
  readonly temporal?: string;
  readonly horizon?: string;
  readonly compare?: readonly string[];
  readonly json?: boolean;
  readonly html?: string;
}
