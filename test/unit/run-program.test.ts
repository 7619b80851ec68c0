import { Command } from 'commander';
import { afterEach, expect, test, vi } from 'vitest';
import { runProgram } from '../../src/cli/run-program.js';

const exitCode = process.exitCode;

afterEach(() => {
  process.exitCode = exitCode;
  vi.restoreAllMocks();
});

/** What a program that never ends its work, or one that has, says when its process ends with this code. */
async function saidAtExit(work: Promise<void>, code: number): Promise<string> {
  const before = new Set(process.listeners('exit'));
  const write = vi.spyOn(process.stderr, 'write').mockReturnValue(true);
  void runProgram(
    new Command('x').exitOverride().action(() => work),
    ['node', 'x'],
  );
  await new Promise((resolve) => setImmediate(resolve));
  const added = process.listeners('exit').filter((listener) => !before.has(listener));
  process.exitCode = code;
  for (const listener of added) {
    listener(code);
    process.off('exit', listener);
  }
  return write.mock.calls.map(([text]) => String(text)).join('');
}

test('a program that ends while it waits for something says so', async () => {
  expect(await saidAtExit(new Promise(() => undefined), 13)).toMatch(/ended before its work was done/);
});

test('a program that is ended in the middle of its work for a reason has nothing to add', async () => {
  expect(await saidAtExit(new Promise(() => undefined), 1)).toBe('');
});

test('a program that has done its work has nothing to add', async () => {
  expect(await saidAtExit(Promise.resolve(), 13)).toBe('');
});
