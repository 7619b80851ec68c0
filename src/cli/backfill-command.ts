import type { Command } from 'commander';
import { addBackfillOptions, parseCount, type BackfillOptions } from './backfill/backfill-options.js';

export function addBackfillCommand(program: Command): void {
  const command = program
    .command('backfill')
    .description('start the jobs of objects that are there already: of a prefix, an inventory, or a list')
    .argument('[prefix]', 's3://bucket/prefix')
    .option('--inventory <uri>', 's3://…/manifest.json of an S3 Inventory with CSV output')
    .option(
      '--csv <list>',
      'lines of bucket,key[,versionId[,size]], keys URL-encoded: a file, - or s3://bucket/key',
    );
  addBackfillOptions(command)
    .option('--policy-file <file>', 'with --dry-run: what is hashed, and how')
    .option(
      '--missing-only',
      'leave alone what carries its digests, in tags or sidecar, for its current version',
    )
    .addHelpText(
      'after',
      '\nExample:\n' +
        '  midstate backfill s3://bucket/photos/ --dry-run\n' +
        '  midstate backfill s3://bucket/photos/ --rate 200 --wait\n' +
        '  midstate backfill --inventory s3://lists/bucket/all/2026-01-01T00-00Z/manifest.json\n' +
        '\nIt runs on the workflow workers, as long as it takes; their settings and policy file hold, as the poller’s do\n' +
        'for uploads. What has been hashed is found, not hashed again: docs/backfill.md.',
    )
    .action(async (prefix: string | undefined, options: BackfillOptions) => {
      const { runBackfill } = await import('./backfill/run-backfill.js');
      await runBackfill(prefix, options);
    });
  addOperations(command);
}

/** What is done with a backfill that runs. Options that the command has too are parsed as the command's. */
function addOperations(command: Command): void {
  const sub = (name: string, description: string, id = '<id>') =>
    command
      .command(name)
      .description(description)
      .argument(id, 'as `backfill` and `status` print it')
      .exitOverride();
  sub('status', 'how far it has come (default: the newest ones)', '[id]')
    .option('--limit <count>', 'backfills to show (default: 10)', parseCount)
    .option('--json', 'print one JSON value a line')
    .action(async (id: string | undefined, _: unknown, self: Command) => {
      const { showBackfills } = await import('./backfill/operate-backfill.js');
      await showBackfills(id, self.optsWithGlobals<BackfillOptions>());
    });
  for (const [name, description] of [
    ['pause', 'begin no other page until it is resumed'],
    ['resume', 'go on where it stood'],
    ['cancel', 'end it; jobs that it started go on'],
  ] as const) {
    sub(name, description)
      .option('--json', 'print JSON')
      .action(async (id: string, _: unknown, self: Command) => {
        const { operateBackfill } = await import('./backfill/operate-backfill.js');
        await operateBackfill(name, id, self.optsWithGlobals<BackfillOptions>());
      });
  }
}
