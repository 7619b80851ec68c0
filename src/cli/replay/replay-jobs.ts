import { loadConfig } from '../../config.js';
import { MidstateError } from '../../core/failures.js';
import type { ReplayInput } from '../../core/replay-contracts.js';
import type { UndoneJob } from '../../core/undone-jobs.js';
import { isExact, selectionQuery } from '../../core/visibility-query.js';
import { lookForUndone, onServer, type Undone } from '../../temporal/look-for-undone.js';
import { startReplay } from '../../temporal/start-replay.js';
import { openClient } from '../../starter/open-client.js';
import { jobUrl } from '../../temporal/web-ui-links.js';
import { ask } from '../ask.js';
import { printJson, printLine } from '../output.js';
import type { ReplayOptions } from '../replay-command.js';
import { temporalOf, type Temporal } from '../report-job.js';
import { selectionOf } from '../selection-options.js';
import { findNamedJobs } from './find-named-jobs.js';
import { reportForecast } from './report-forecast.js';
import { waitForReplay } from './wait-for-replay.js';

/** More are started only after a question, or with `--yes`. */
const CONFIRM_ABOVE = 100;

/** Jobs that are looked at before a replay; it finds the others itself. */
const MOST_LOOKED_AT = 10_000;

/** Jobs that fit a workflow's input: 250 bytes each. */
const MOST_IN_INPUT = 5_000;

/** Starts a replay of the jobs that are named, or that the options select; or says what that would do. */
export async function replayJobs(named: readonly string[], options: ReplayOptions): Promise<void> {
  requireSelection(named, options);
  const config = loadConfig();
  const temporal = temporalOf(await openClient(), config);
  try {
    const selection = selectionOf(options, options.query, Date.now());
    const limit = Math.min(options.limit ?? Infinity, MOST_LOOKED_AT);
    const undone =
      named.length > 0
        ? { jobs: await findNamedJobs(temporal.client, named), isCut: false }
        : await lookForUndone(temporal.client, selection, limit);
    if (options.dryRun === true) {
      reportForecast(undone, options);
      return;
    }
    if (undone.jobs.length === 0) {
      reportNothing(options);
      return;
    }
    await confirm(undone, options);
    const sought = onServer(temporal.client, selection);
    const isWhole = isExact(selection) && sought.prefix?.key === selection.prefix?.key;
    const jobs = named.length > 0 || !isWhole ? { jobs: targetsOf(undone.jobs) } : {};
    await startAndReport(temporal, options, {
      ...(jobs.jobs === undefined ? { query: selectionQuery(sought) } : jobs),
      from: options.from,
      rate: options.rate,
      ...(options.limit === undefined ? {} : { limit: options.limit }),
      taskQueuePrefix: config.taskQueuePrefix,
    });
  } finally {
    await temporal.client.connection.close();
  }
}

function requireSelection(named: readonly string[], options: ReplayOptions): void {
  const { cause, since, until, prefix, query, ended, all } = options;
  const isSelected = [cause, since, until, prefix, query, ended, all].some((option) => option !== undefined);
  if (named.length === 0 && !isSelected) {
    throw new MidstateError(
      'InvalidInput',
      'replay: expected jobs, or some of --cause, --since, --until, --prefix, --ended and --query, or --all',
    );
  }
  if (named.length > 0 && isSelected) {
    throw new MidstateError('InvalidInput', 'replay: expected either jobs or a selection, got both');
  }
}

async function confirm({ jobs, isCut }: Undone, { yes, limit = Infinity }: ReplayOptions): Promise<void> {
  const count = Math.min(jobs.length, limit);
  if (yes === true || count <= CONFIRM_ABOVE) return;
  const what = `${String(count)}${isCut && limit > count ? ' jobs or more' : ' jobs'}`;
  if (await ask(`Start ${what} once more?`)) return;
  throw new MidstateError(
    'InvalidInput',
    `replay: nothing started: it would be ${what}; --yes starts them without a question, --limit fewer`,
  );
}

function targetsOf(jobs: readonly UndoneJob[]): NonNullable<ReplayInput['jobs']> {
  if (jobs.length > MOST_IN_INPUT) {
    throw new MidstateError(
      'InvalidInput',
      `replay: so many jobs cannot be named at once: expected at most ${String(MOST_IN_INPUT)}, got ${String(jobs.length)}; use --limit`,
    );
  }
  return jobs.map(({ workflowId, runId, cause }) => ({ workflowId, runId, cause }));
}

function reportNothing({ json }: ReplayOptions): void {
  if (json === true) printJson({ count: 0 });
  else printLine('nothing to replay');
}

async function startAndReport(
  { client, ui }: Temporal,
  options: ReplayOptions,
  input: ReplayInput,
): Promise<void> {
  const workflowId = await startReplay(client, input);
  const link = ui === undefined ? undefined : jobUrl(ui, workflowId);
  if (options.json === true) printJson({ workflowId, ...(link === undefined ? {} : { webUi: link }) });
  else {
    printLine(`replaying  ${workflowId}`);
    if (link !== undefined) printLine(`  ${link}`);
  }
  if (options.wait === true) await waitForReplay(client, workflowId, options.json === true);
}
