import type { Command } from 'commander';
import { DEFAULT_DOCKER_IMAGE, HOLDER_NAMES } from '../tuning/holders/holder.js';
import type { TuneOptions } from './tune/tune-options.js';

export function addTuneCommand(program: Command): void {
  program
    .command('tune')
    .description('measure memory classes, chunks and objects, each worker inside the limits of its class')
    .option('--quick', 'two minutes: two classes, small objects')
    .option('--classes <MB>', 'e.g. 256,512 (default: all)')
    .option('--chunks <sizes>', 'bytes of one GET, e.g. 1,10,20,50 MB')
    .option('--objects <sizes>', 'e.g. 100 MB,500 MB,1 GB,5 GB')
    .option('--algorithms <list>', 'computed in one read, e.g. sha1,sha256; may be repeated', repeated)
    .option('--connections <list>', 'GETs of one object at once, e.g. 1,2,4 (default: 2)')
    .option('--at-once <list>', 'objects hashed at once, e.g. 1,4 (default: 1)')
    .option('--engines <list>', 'native, portable (default: native)')
    .option('--runs <n>', 'counted runs of each cell (default: 2)')
    .option('--no-python', 'leave out the plain Python loop that runs beside where Python has boto3')
    .option('--bucket <name>', 'measure on a bucket of yours (default: the embedded S3 server)')
    .option(
      '--prefix <prefix>',
      'with --bucket: where the objects are put, and deleted again',
      'midstate-tune/',
    )
    .option('--bandwidth-mb-per-s <n>', 'embedded only: what each connection brings')
    .option('--latency-ms <n>', 'embedded only: every answer comes so much later')
    .option(
      '--confinement <how>',
      `what holds a worker to its class: ${HOLDER_NAMES.join(', ')} (default: the first of them that can)`,
    )
    .option('--docker-image <image>', 'for docker: the image of midstate', DEFAULT_DOCKER_IMAGE)
    .option('--unconfined', 'measure without limits')
    .option('--lambda <function>', 'on versions of a deployed worker function; needs --bucket, costs money')
    .option('--yes', 'with --lambda: do not ask before it costs money')
    .option('--data-dir <folder>', 'for servers, objects and logs (default: .midstate/tune)')
    .option(
      '--state <file>',
      'runs so far: the same command goes on from there (default: in the data folder)',
    )
    .option('--fresh', 'forget the runs so far')
    .option('--ci <result>', 'exit code 1 where a cell is slower than in this saved --json result')
    .option('--apply [file]', 'write the class table that workers read (default: .midstate/class-table.json)')
    .option('--json', 'print the result as JSON')
    .option('--csv <file>', 'write a line for each cell')
    .option('--html <file>', 'write the report; it needs no network')
    .addHelpText(
      'after',
      '\nExample:\n' +
        '  midstate tune --quick\n' +
        '  midstate tune --classes 256,512 --objects "1 GB" --at-once 1,4 --runs 6 --json > tuned.json\n' +
        '  midstate tune --quick --lambda midstate-Worker512Function-AbC --bucket my-bucket\n' +
        '  midstate plan --burst "10,000 x 1 GB" --workers 20 --tune tuned.json\n' +
        '\nWhat it measures, and how: docs/tune.md.',
    )
    .action(async (options: TuneOptions) => {
      const { runTuneCommand } = await import('./tune/run-tune-command.js');
      await runTuneCommand(options);
    });
}

function repeated(text: string, before: readonly string[] = []): readonly string[] {
  return [...before, text];
}
