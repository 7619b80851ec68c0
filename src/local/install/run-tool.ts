import { spawn } from 'node:child_process';
import { MidstateError } from '../../core/failures.js';
import type { LocalEnvironment } from '../local-environment.js';

export interface ToolRun extends Pick<LocalEnvironment, 'env' | 'signal'> {
  readonly command: string;
  readonly args: readonly string[];
  readonly cwd?: string;
}

const KEPT_OUTPUT_CHARACTERS = 4_000;

/**
 * Runs an installer's tool to its end and gives back the last 4,000 characters of its output.
 * @throws MidstateError InvalidInput with that output when it cannot be started or ends with another code than 0
 */
export async function runTool(run: ToolRun): Promise<string> {
  return new Promise((resolve, reject) => {
    let output = '';
    const keep = (text: string): void => {
      output = (output + text).slice(-KEPT_OUTPUT_CHARACTERS);
    };
    const child = spawn(run.command, run.args, {
      env: { ...run.env },
      cwd: run.cwd,
      signal: run.signal,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    child.stdout.setEncoding('utf8').on('data', keep);
    child.stderr.setEncoding('utf8').on('data', keep);
    const fail = (actual: string, cause?: unknown): void => {
      const commandLine = [run.command, ...run.args].join(' ');
      const said = output.trim() === '' ? '' : `\n${output.trim()}`;
      reject(
        new MidstateError('InvalidInput', `${commandLine}: expected to end with 0, got ${actual}${said}`, {
          cause,
        }),
      );
    };
    child.on('error', (error) => {
      fail(error.message, error);
    });
    child.on('close', (code, signal) => {
      if (code === 0) resolve(output);
      else fail(String(code ?? signal));
    });
  });
}
