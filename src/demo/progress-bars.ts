import { MultiBar, Presets, type SingleBar } from 'cli-progress';
import { formatBytes } from '../core/format-bytes.js';

interface BarObject {
  readonly label: string;
  readonly sizeBytes: number;
}

/** What a bar shows of its object. */
export interface BarState {
  readonly phase: string;
  readonly bytes: number;
  /** e.g. `range 3/5, attempt 1`. */
  readonly detail: string;
}

export interface ProgressBars {
  update(index: number, state: BarState): void;
  /** Prints a line; with bars on a terminal, once they have stopped. */
  say(line: string): void;
  stop(): void;
}

/** Without a terminal, a line is printed so often for each object that moves. */
const LINE_INTERVAL_MS = 5_000;

/** One bar an object on a terminal; elsewhere a line now and then. */
export function createProgressBars(objects: readonly BarObject[], output: NodeJS.WriteStream): ProgressBars {
  return output.isTTY ? terminalBars(objects, output) : plainLines(objects, output);
}

function terminalBars(objects: readonly BarObject[], output: NodeJS.WriteStream): ProgressBars {
  const bars = new MultiBar(
    {
      format: '{label} {bar} {percentage}% {amount} {speed} ETA {left} {phase} {detail}',
      hideCursor: true,
      barsize: 24,
      autopadding: true,
      fps: 5,
      forceRedraw: true,
      stream: output,
    },
    Presets.shades_classic,
  );
  const meters = objects.map(() => createSpeedMeter());
  const said: string[] = [];
  let isStopped = false;
  const rows: SingleBar[] = objects.map(({ label, sizeBytes }) =>
    bars.create(sizeBytes, 0, {
      label: label.padEnd(11),
      amount: '',
      speed: '',
      left: '',
      phase: 'waiting',
      detail: '',
    }),
  );
  return {
    update(index, { phase, bytes, detail }) {
      const sizeBytes = objects[index]?.sizeBytes ?? 0;
      const speed = meters[index]?.(phase, bytes) ?? 0;
      const left =
        speed > 0 && bytes < sizeBytes ? `${String(Math.ceil((sizeBytes - bytes) / speed))} s` : '-';
      rows[index]?.update(bytes, {
        amount: formatBytes(bytes),
        speed: `${formatBytes(speed)}/s`,
        left,
        phase,
        detail,
      });
    },
    say(line) {
      said.push(line);
    },
    stop() {
      if (isStopped) return;
      isStopped = true;
      bars.stop();
      for (const line of said) output.write(`${line}\n`);
    },
  };
}

function plainLines(objects: readonly BarObject[], output: NodeJS.WriteStream): ProgressBars {
  const printed = new Map<number, { atMs: number; phase: string }>();
  const meters = objects.map(() => createSpeedMeter());
  return {
    update(index, { phase, bytes, detail }) {
      const object = objects[index];
      const speed = meters[index]?.(phase, bytes) ?? 0;
      const last = printed.get(index);
      const isNews = last?.phase !== phase || Date.now() - last.atMs >= LINE_INTERVAL_MS;
      if (object === undefined || !isNews || (phase === 'done' && last?.phase === 'done')) return;
      printed.set(index, { atMs: Date.now(), phase });
      const amount = `${formatBytes(bytes)} of ${formatBytes(object.sizeBytes)}`;
      output.write(
        `${object.label.padEnd(11)} ${phase.padEnd(9)} ${amount} ${formatBytes(speed)}/s ${detail}\n`,
      );
    },
    say(line) {
      output.write(`${line}\n`);
    },
    stop: () => undefined,
  };
}

/** Bytes a second since the phase began. */
function createSpeedMeter(): (phase: string, bytes: number) => number {
  let since = { phase: '', bytes: 0, atMs: 0 };
  let speed = 0;
  return (phase, bytes) => {
    if (phase !== since.phase) {
      since = { phase, bytes, atMs: Date.now() };
      if (phase !== 'done') speed = 0;
    }
    const seconds = (Date.now() - since.atMs) / 1_000;
    if (seconds > 0.2 && bytes > since.bytes) speed = (bytes - since.bytes) / seconds;
    return speed;
  };
}
