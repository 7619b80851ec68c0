import { CommanderError, type Command } from 'commander';
import { printable } from '../core/failures.js';
import { EXIT, exitCodeOf } from './exit-codes.js';

/**
 * Runs the command line and returns its exit code. An error is one message on standard error; its stack and causes
 * follow only with `--verbose`.
 */
export async function runProgram(program: Command, argv: readonly string[]): Promise<number> {
  process.stdout.on('error', endOnOutputError);
  process.once('exit', reportUnfinished);
  try {
    await program.parseAsync(argv);
    return Number(process.exitCode ?? EXIT.fine);
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.fine : EXIT.wrongUse;
    reportError(error, argv.includes('--verbose'));
    return exitCodeOf(error);
  } finally {
    process.off('exit', reportUnfinished);
  }
}

/** Node's own code for a program that waits for something that cannot come any more; it ends without a word. */
const UNSETTLED = 13;

function reportUnfinished(): void {
  if (process.exitCode !== UNSETTLED) return;
  process.stderr.write(
    'midstate: it ended before its work was done: there was nothing left that it could wait for. This is a defect: report it, with the command\n',
  );
}

/** Whoever reads our output may stop reading (`| head`): that is no error. A full disk is. */
function endOnOutputError(error: NodeJS.ErrnoException): void {
  if (error.code === 'EPIPE') process.exit(EXIT.fine);
  reportError(error, false);
  process.exit(EXIT.failed);
}

function reportError(error: unknown, verbose: boolean): void {
  if (error instanceof AggregateError) {
    for (const one of error.errors) reportError(one, verbose);
    return;
  }
  if (!(error instanceof Error)) {
    process.stderr.write(`midstate: ${printable(String(error))}\n`);
    return;
  }
  process.stderr.write(`midstate: ${messageOf(error)}\n`);
  for (let cause: unknown = error; verbose && cause instanceof Error; cause = cause.cause) {
    process.stderr.write(`${cause.stack ?? cause.message}\n`);
  }
}

const SYSTEM_ADVICE: Readonly<Record<string, string>> = {
  ENOSPC: 'the disk is full: free some space and try again; what was hashed so far is kept',
  ENOENT: 'there is no such file',
  EACCES: 'permission denied',
  EISDIR: 'it is a directory: expected a file',
};

/** System errors are put in words, with what they struck. */
function messageOf(error: Error): string {
  const { code, path } = error as NodeJS.ErrnoException;
  const advice = code === undefined ? undefined : SYSTEM_ADVICE[code];
  return printable(
    advice === undefined ? error.message : `${path ?? 'standard output'}: ${advice} (${code ?? ''})`,
  );
}
