import { createHash } from 'node:crypto';
import { appendFileSync, existsSync, readFileSync, rmSync, truncateSync } from 'node:fs';
import { dirname } from 'node:path';
import { MidstateError } from '../core/failures.js';
import { createFolder } from '../local/create-folder.js';

/** One run of one cell, or what came of it. */
export interface Run {
  readonly kind: 'run';
  readonly cell: string;
  readonly round: number;
  /** From the submission to the last result; of Python from its first request to its digest. */
  readonly seconds?: number;
  /** Of the processes in the cell's limits, while it ran. */
  readonly cpuSeconds?: number;
  /**
   * Most memory of the control group while it ran, page cache included; of a Lambda function the largest of its
   * execution environments. Undefined where nothing counts it.
   */
  readonly peakBytes?: number;
  /** What AWS Lambda bills for it: its warm-up, and the wait of the function for more work, are in it. */
  readonly billedGBSeconds?: number;
  /** Why there are no figures. */
  readonly failure?: string;
}

/** An object that was uploaded for the runs. */
export interface MadeObject {
  readonly kind: 'object';
  readonly key: string;
  readonly etag: string;
  readonly sizeBytes: number;
  readonly sha1: string;
  readonly versionId?: string;
}

interface Header {
  readonly kind: 'tune';
  readonly format: 1;
  /** Digest of what is measured and where: runs of another matrix are not mixed in. */
  readonly plan: string;
  readonly seed: number;
  readonly startedAt: string;
}

type Line = Header | Run | MadeObject;

/**
 * What has been done of a tuning, in a file of JSON lines that is only ever appended to: a run that was killed goes on
 * where it was.
 */
export class StateFile {
  readonly #runs: Run[] = [];
  readonly #objects = new Map<string, MadeObject>();

  private constructor(
    private readonly file: string,
    readonly header: Header,
  ) {}

  /**
   * Opens the state of `plan`, or begins it.
   * @param plan what is measured and where, as a value
   * @param isFresh forget what is there
   * @throws MidstateError InvalidInput when the file holds something else
   */
  static async open(file: string, plan: unknown, isFresh: boolean): Promise<StateFile> {
    await createFolder(dirname(file));
    const digest = createHash('sha256').update(JSON.stringify(plan)).digest('hex').slice(0, 16);
    if (isFresh) rmSync(file, { force: true });
    const lines = existsSync(file) ? readLines(file) : [];
    const [header, ...rest] = lines;
    if (header === undefined) {
      const seed = parseInt(digest.slice(0, 8), 16);
      const begun: Header = {
        kind: 'tune',
        format: 1,
        plan: digest,
        seed,
        startedAt: new Date().toISOString(),
      };
      const state = new StateFile(file, begun);
      state.#append(begun);
      return state;
    }
    if (header.kind !== 'tune' || header.plan !== digest) {
      throw new MidstateError(
        'InvalidInput',
        'tune: the state file is of another matrix; give --fresh to begin anew, or another --state',
        { facts: { file } },
      );
    }
    const state = new StateFile(file, header);
    for (const line of rest) state.#take(line);
    return state;
  }

  get runs(): readonly Run[] {
    return this.#runs;
  }

  isDone(cell: string, round: number): boolean {
    return this.#runs.some((run) => run.cell === cell && run.round === round);
  }

  /** Every object that was made. */
  get objects(): readonly MadeObject[] {
    return [...this.#objects.values()];
  }

  objectOf(key: string): MadeObject | undefined {
    return this.#objects.get(key);
  }

  add(line: Run | MadeObject): void {
    this.#append(line);
    this.#take(line);
  }

  #take(line: Line): void {
    if (line.kind === 'run') this.#runs.push(line);
    if (line.kind === 'object') this.#objects.set(line.key, line);
  }

  #append(line: Line): void {
    appendFileSync(this.file, `${JSON.stringify(line)}\n`);
  }
}

/** The whole lines; one that was cut off by a kill is taken away. */
function readLines(file: string): Line[] {
  const text = readFileSync(file, 'utf8');
  const whole = text.slice(0, text.lastIndexOf('\n') + 1);
  if (whole.length < text.length) truncateSync(file, Buffer.byteLength(whole));
  return whole
    .split('\n')
    .filter((line) => line !== '')
    .map((line, index) => {
      try {
        return JSON.parse(line) as Line;
      } catch (cause) {
        throw new MidstateError(
          'InvalidInput',
          `tune: the state file is no state file (line ${String(index + 1)})`,
          {
            facts: { file },
            cause,
          },
        );
      }
    });
}
