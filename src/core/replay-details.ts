import { formatBytes } from './format-bytes.js';
import type { ReplayProgress } from './replay-contracts.js';

/** A replay in Markdown for the Web UI's details panel, and, less the emphasis, in lines for a terminal. */
export function replayDetails(progress: ReplayProgress): string {
  const [head = '', ...lines] = replayLines(progress);
  return [`**${head}**`, ...lines].join('\n\n');
}

/** State; what was started, and from where; what came of it; what was left alone. */
export function replayLines(progress: ReplayProgress): string[] {
  const { state, stoppedBecause, started, inFlight, fromCheckpoint, bytesSpared } = progress;
  return [
    `${state}${stoppedBecause === undefined ? '' : `: ${stoppedBecause}`}`,
    `${String(started)} started again, ${String(inFlight)} of them under way`,
    ...(fromCheckpoint === 0
      ? []
      : [`${String(fromCheckpoint)} from a checkpoint: ${formatBytes(bytesSpared)} not read again`]),
    ...counted(progress.fromStart, (reason, count) => `${count} from the start: ${reason}`),
    ...counted(progress.ended, (end, count) => `${count} ${end}`),
    ...counted(progress.failedAgain, (cause, count) => `${count} failed again: ${cause}`),
    ...counted(progress.skipped, (reason, count) => `${count} left alone: ${reason}`),
  ];
}

function counted(
  counts: Readonly<Record<string, number>>,
  line: (name: string, count: string) => string,
): string[] {
  return Object.entries(counts)
    .filter(([, count]) => count > 0)
    .sort(([, a], [, b]) => b - a)
    .map(([name, count]) => line(name, String(count)));
}
