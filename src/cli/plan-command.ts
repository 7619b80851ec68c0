import type { Command } from 'commander';
import type { PlanOptions } from './plan/plan-options.js';

export function addPlanCommand(program: Command): void {
  program
    .command('plan')
    .description(
      'simulate a fleet before it runs: objects a minute, backlog, time to digest, bottleneck, cost',
    )
    .option('--burst <objects>', 'all at once: "10,000 x 1 GB", or "10,000" with --sizes')
    .option('--rate <steps>', '"50/s for 2h", or in steps: "5/s for 8h, 50/s for 4h"; with --sizes')
    .option('--csv <file>', 'lines of time,size[,count]; times in seconds or as dates; - for standard input')
    .option('--sizes <histogram>', '"100 MB", or "70% 10 MB, 30% 1 GB"')
    .option('--random <seed>', 'with --rate: random gaps between arrivals, the same for each seed')
    .option('--target <target>', 'find the smallest fleet: "10,000 x 1 GB in 1h"')
    .option('--preset <name>', 'seed: the arithmetic that this product began with')
    .option('--scaling <model>', 'fixed, lambda, lambda-2021 or keda (default: fixed)')
    .option('--workers <n>', 'fixed: the fleet of each class, or 256=2,512=4; else workers at the start')
    .option('--max-workers <n>', 'lambda: maximum concurrency; keda: maxReplicaCount')
    .option('--start-up-s <seconds>', 'from a scaling decision to a worker’s first work')
    .option('--memory-class <MB>', 'of every object (default: by size, as routing has it)')
    .option('--mb-per-s <speed>', 'of a worker: one number, or 256=50,512=90 (default: the table of classes)')
    .option('--tune <file>', 'take speeds from a result of `midstate tune --json`')
    .option('--objects-at-once <n>', 'objects that a worker hashes at once, sharing its speed (default: 1)')
    .option('--overhead-ms <ms>', 'of an object besides its bytes (default: by class)')
    .option('--starts-per-s <n>', 'jobs that poller and Temporal start a second, at most')
    .option('--temporal <kind>', 'cloud, or self-hosted: actions are free (default: cloud)')
    .option('--horizon <time>', 'look no further than e.g. 24h')
    .option(
      '--compare <fleet>',
      'an alternative: "lambda max-workers=100 class=512"; may be repeated',
      repeated,
    )
    .option('--json', 'print JSON')
    .option('--html <file>', 'write a page with charts; it needs no network')
    .addHelpText(
      'after',
      '\nExample:\n' +
        '  midstate plan --burst "10,000 x 1 GB" --scaling lambda --memory-class 512\n' +
        '  midstate plan --rate "20/s for 8h" --sizes "80% 10 MB, 20% 1 GB" --workers 20 --compare "keda max-workers=40"\n' +
        '  midstate plan --target "10,000 x 1 GB in 1h"\n' +
        '\nWhat it assumes, and how well it holds: docs/plan.md.',
    )
    .action(async (options: PlanOptions) => {
      const { runPlan } = await import('./plan/run-plan.js');
      await runPlan(options);
    });
}

function repeated(text: string, before: readonly string[] = []): readonly string[] {
  return [...before, text];
}
