import { InvalidArgumentError, type Command } from 'commander';
import type { MemoryClassMB } from '../core/memory-classes.js';
import type { Operated } from '../temporal/operate-job.js';
import { parseMemoryClass } from './parse-memory-class.js';

interface OperateOptions {
  readonly json?: boolean;
}

export function addPauseCommand(program: Command): void {
  operation(program, 'pause', 'hold a job: begin nothing more, hand on what is under way').action(
    async (job: string, options: OperateOptions) => {
      await operate(job, options, 'paused', async (client, workflowId) => {
        const { pauseJob } = await import('../temporal/operate-job.js');
        return await pauseJob(client, workflowId);
      });
    },
  );
}

export function addResumeCommand(program: Command): void {
  operation(program, 'resume', 'let a job go on that was paused').action(
    async (job: string, options: OperateOptions) => {
      await operate(job, options, 'resumed', async (client, workflowId) => {
        const { resumeJob } = await import('../temporal/operate-job.js');
        return await resumeJob(client, workflowId);
      });
    },
  );
}

export function addCancelCommand(program: Command): void {
  operation(program, 'cancel', 'end a job without a result; `midstate replay` starts it again').action(
    async (job: string, options: OperateOptions) => {
      await operate(job, options, 'cancelled', async (client, workflowId) => {
        const { cancelJob } = await import('../temporal/operate-job.js');
        await cancelJob(client, workflowId);
        return undefined;
      });
    },
  );
}

export function addEscalateCommand(program: Command): void {
  operation(program, 'escalate', 'move a job to another memory class, with the range under way')
    .requiredOption('--memory-class <MB>', 'the class to go on in', parseMemoryClass)
    .action(async (job: string, options: OperateOptions & { readonly memoryClass: MemoryClassMB }) => {
      const { memoryClass } = options;
      await operate(job, options, `moved to ${String(memoryClass)} MB`, async (client, workflowId) => {
        const { escalateJob } = await import('../temporal/operate-job.js');
        return await escalateJob(client, workflowId, memoryClass);
      });
    });
}

export function addResetCommand(program: Command): void {
  operation(program, 'reset', 'hash a job again from one of its ranges on, running or ended')
    .requiredOption('--to-range <number>', 'the range to begin with, 1 for the first', parseRange)
    .action(async (job: string, options: OperateOptions & { readonly toRange: number }) => {
      await operate(job, options, `reset to range ${String(options.toRange)}`, async (client, workflowId) => {
        const { resetJob } = await import('../temporal/reset-job.js');
        await resetJob(client, workflowId, options.toRange);
        return undefined;
      });
    });
}

function operation(program: Command, name: string, description: string): Command {
  return program
    .command(name)
    .description(description)
    .argument('<job>', 'workflow id, or s3://bucket/key for its newest job')
    .option('--json', 'print JSON')
    .addHelpText('after', `\nExample:\n  midstate ${name} s3://bucket/video.mov${EXAMPLES[name] ?? ''}`);
}

const EXAMPLES: Readonly<Record<string, string>> = {
  escalate: ' --memory-class 1024',
  reset: ' --to-range 3',
};

async function operate(
  job: string,
  { json }: OperateOptions,
  done: string,
  work: (client: Awaited<ReturnType<typeof connect>>, workflowId: string) => Promise<Operated | undefined>,
): Promise<void> {
  const { findJob } = await import('./find-job.js');
  const { printJson, printLine } = await import('./output.js');
  const client = await connect();
  try {
    const workflowId = await findJob(client, job);
    const operated = await work(client, workflowId);
    if (json === true) printJson({ workflowId, done, ...operated });
    else printLine(`${done}  ${workflowId}${describe(operated)}`);
  } finally {
    await client.connection.close();
  }
}

async function connect() {
  const { openClient } = await import('../starter/open-client.js');
  return await openClient();
}

function describe(operated: Operated | undefined): string {
  if (operated === undefined) return '';
  if (operated.isUnsupported)
    return '  (this server cannot reach activities: the range under way goes on to its end)';
  return operated.activities === 0
    ? ''
    : `  (${String(operated.activities)} under way, each at its checkpoint)`;
}

function parseRange(text: string): number {
  const range = Number(text);
  if (Number.isSafeInteger(range) && range >= 1) return range;
  throw new InvalidArgumentError(`expected a whole number from 1, got ${text}.`);
}
