import { Presets, SingleBar } from 'cli-progress';
import { memoryClass } from '../../core/memory-classes.js';
import { formatSeconds } from '../../planning/describe-plan.js';
import { bytesOf, describeCell, type Cell } from '../../tuning/cell.js';
import type { TuneProgress } from '../../tuning/tune-progress.js';

/** A job takes about so long besides its bytes. */
const SECONDS_A_RUN = 1;

/** A bar on a terminal, a line a run elsewhere; both with the time that is left. */
export function createTuneProgress(output: NodeJS.WriteStream): TuneProgress {
  const estimate = new TimeLeft();
  const bar = output.isTTY
    ? new SingleBar(
        {
          format: '{bar} {value}/{total} runs, {left} left  {cell}',
          hideCursor: true,
          barsize: 24,
          stream: output,
        },
        Presets.shades_classic,
      )
    : undefined;
  return {
    begin(left) {
      estimate.begin(left);
      bar?.start(left.length, 0, { left: '…', cell: '' });
      if (bar === undefined) output.write(`${String(left.length)} runs, about ${estimate.left()}\n`);
    },
    started(cell) {
      bar?.update({ left: estimate.left(), cell: describeCell(cell) });
    },
    finished(cell, run) {
      estimate.finished(cell);
      bar?.increment({ left: estimate.left(), cell: describeCell(cell) });
      if (bar !== undefined) return;
      const found =
        run.seconds === undefined
          ? (run.failure ?? '')
          : `${(bytesOf(cell) / 1e6 / run.seconds).toFixed(1)} MB/s`;
      output.write(`${describeCell(cell)}: ${found}; ${estimate.left()} left\n`);
    },
    say(line) {
      if (bar?.isActive !== true) output.write(`${line}\n`);
    },
    stop() {
      bar?.stop();
    },
  };
}

/** What is left by the classes' speeds, corrected by how long the runs so far took in truth. */
class TimeLeft {
  #leftSeconds = 0;
  #doneSeconds = 0;
  #startedAt = 0;

  begin(left: readonly Cell[]): void {
    this.#leftSeconds = left.reduce((sum, cell) => sum + expectedSeconds(cell), 0);
    this.#startedAt = performance.now();
  }

  finished(cell: Cell): void {
    this.#leftSeconds -= expectedSeconds(cell);
    this.#doneSeconds += expectedSeconds(cell);
  }

  left(): string {
    const elapsed = (performance.now() - this.#startedAt) / 1_000;
    const correction = this.#doneSeconds === 0 ? 1 : elapsed / this.#doneSeconds;
    return formatSeconds(Math.max(0, Math.round(this.#leftSeconds * correction)));
  }
}

function expectedSeconds(cell: Cell): number {
  return SECONDS_A_RUN + bytesOf(cell) / 1e6 / memoryClass(cell.memoryMB).megabytesPerSecond;
}
