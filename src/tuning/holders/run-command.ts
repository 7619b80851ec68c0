import { execFile } from 'node:child_process';

export interface CommandResult {
  /** 0, or the exit code; undefined where it could not be started, or took too long. */
  readonly code: number | undefined;
  readonly stdout: string;
  /** What it said of its failure, in one line; why it could not be started. */
  readonly complaint: string;
}

/** So long at most for a question to docker or to systemd. */
const TIMEOUT_MS = 30_000;

/** Runs a command to its end; never rejects. */
export function runCommand(command: string, args: readonly string[]): Promise<CommandResult> {
  return new Promise((resolve) => {
    execFile(command, [...args], { timeout: TIMEOUT_MS, encoding: 'utf8' }, (error, stdout, stderr) => {
      const code = error === null ? 0 : typeof error.code === 'number' ? error.code : undefined;
      const said = stderr.trim().split('\n').slice(-1)[0] ?? '';
      const complaint = error?.code === 'ENOENT' ? `there is no ${command}` : said || (error?.message ?? '');
      resolve({ code, stdout: stdout.trim(), complaint });
    });
  });
}
