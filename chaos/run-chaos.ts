import { setTimeout as delay } from 'node:timers/promises';
import type { LocalEnvironment, Report } from '../src/local/local-environment.js';
import type { Fault } from './faults.js';
import { nameOf } from './faults.js';
import { kill } from './inject/kill.js';
import { injectLight, type LightContext } from './inject/light.js';
import { harmMachine } from './inject/machine.js';
import { harmNetwork } from './inject/network.js';
import { ExpectedObjects, type Upload } from './load/expected-objects.js';
import { findDoubles, JobWatch } from './load/job-ends.js';
import { Uploader } from './load/uploader.js';
import { planFaults, type ChaosSettings } from './plan.js';
import { ReadAccount } from './read-account.js';
import type { ChaosFigures } from './report/figures.js';
import { RunLog } from './run-log.js';
import { seededRandom } from './seeded-random.js';
import { openStage } from './stage/chaos-stage.js';
import { untilTrue } from './stage/until-true.js';

export interface ChaosRun {
  readonly seed: string;
  readonly mode: string;
  readonly settings: ChaosSettings;
  readonly environment: LocalEnvironment;
  /** Emptied by the caller. */
  readonly folder: string;
  readonly report: Report;
}

/** Pause between two faults that follow one another. */
const GAP_MS = 700;

/** What the parts of a run share. */
interface Parts extends LightContext {
  readonly run: ChaosRun;
  readonly watch: JobWatch;
  readonly inFlight: { least: number; most: number };
}

/**
 * Starts the whole product on servers of its own, keeps many objects in flight, does all the harm that is planned, and
 * compares every digest with the one taken while the object's bytes were made.
 * @throws MidstateError, Error when the stage does not stand; what the product does wrong is in the figures
 */
export async function runChaos(run: ChaosRun): Promise<ChaosFigures> {
  const { seed, settings, environment, folder, report } = run;
  const startedAt = new Date();
  report('starting the servers and the workers');
  const stage = await openStage(environment, folder, settings.bytesPerSecond, report);
  const { processes, s3, bucket, temporal } = stage;
  const account = new ReadAccount(() => processes.bytesRead());
  const objects = new ExpectedObjects();
  const uploader = new Uploader(s3, bucket, seed, settings, objects);
  const random = seededRandom(seed, 'victims');
  const watch = new JobWatch(temporal, bucket, objects, (upload: Upload) => {
    void uploader.forget(upload.key);
  });
  const inFlight = { least: Infinity, most: 0 };
  const parts: Parts = {
    run,
    stage,
    account,
    log: new RunLog(report),
    objects,
    uploader,
    random,
    watch,
    inFlight,
  };
  try {
    uploader.start();
    watch.start();
    await untilTrue(
      'all objects in flight',
      300_000,
      () => objects.waiting.length >= settings.inFlight && watch.ends.results > 0,
    );
    const faultSeconds = await injectAll(parts);
    await drain(parts);
    return await figuresOf(parts, startedAt, faultSeconds);
  } finally {
    account.stop();
    await watch.stop();
    await uploader.stop();
    await stage.stop();
  }
}

/** Both kinds of faults, side by side, until the plan is done or time is up; resolves with the seconds it took. */
async function injectAll(parts: Parts): Promise<number> {
  const { run, log, objects, inFlight } = parts;
  const { seed, settings, report, environment } = run;
  const { signal } = environment;
  const { heavy, light } = planFaults(seed, settings);
  const beganAtMs = Date.now();
  const untilMs = beganAtMs + settings.faultMinutes * 60_000;
  report(
    `${String(objects.waiting.length)} objects are in flight; ${String(heavy.length + light.length)} faults are planned (seed ${seed})`,
  );
  const counting = setInterval(() => {
    inFlight.least = Math.min(inFlight.least, objects.waiting.length);
    inFlight.most = Math.max(inFlight.most, objects.waiting.length);
  }, 500);
  const injectHeavy = async () => {
    for (const [index, fault] of heavy.entries()) {
      if (Date.now() > untilMs) return;
      log.say(`${String(index + 1)}/${String(heavy.length)} ${nameOf(fault)}`);
      signal?.throwIfAborted();
      await inject(parts, fault).catch((error: unknown) => {
        log.problem(`${nameOf(fault)}: ${error instanceof Error ? error.message : String(error)}`);
      });
      await delay(GAP_MS);
    }
  };
  const injectLights = async () => {
    const { random } = parts;
    for (const fault of light) {
      if (Date.now() > untilMs) return;
      signal?.throwIfAborted();
      await injectLight(parts, fault);
      await delay(2 * random.next() * settings.answerGapSeconds * 1_000);
    }
  };
  try {
    await Promise.all([injectHeavy(), injectLights()]);
  } finally {
    clearInterval(counting);
  }
  return (Date.now() - beganAtMs) / 1_000;
}

async function inject({ stage, account, log, run }: Parts, fault: Fault): Promise<void> {
  if (fault.kind === 'kill') await kill(stage, account, log, fault);
  else if (fault.kind === 'network')
    await harmNetwork(stage, account, log, run.settings.bytesPerSecond, fault);
  else await harmMachine(stage, account, log, fault);
}

/** No more harm and no more uploads: everything that must be hashed is, or is lost. */
async function drain({ run, stage, uploader, objects, watch }: Parts): Promise<void> {
  const { report, settings } = run;
  stage.answers.disarm();
  await uploader.stop();
  stage.s3Network.change({ bytesPerSecond: Infinity }); // what is left ends soon
  report(`faults are over; ${String(objects.waiting.length)} objects are still in flight`);
  run.environment.signal?.throwIfAborted();
  await untilTrue('all objects hashed', settings.drainMinutes * 60_000, () => {
    const failed = new Set(watch.ends.failed.map(({ key }) => key));
    return objects.waiting.every(({ key }) => failed.has(key));
  }).catch(() => {
    report('time is up: what has not ended is lost');
  });
  await watch.look();
}

async function figuresOf(parts: Parts, startedAt: Date, faultSeconds: number): Promise<ChaosFigures> {
  const { run, stage, account, log, objects, watch, inFlight } = parts;
  const { ends } = watch;
  account.allowFailedAttempts(ends.failedAttempts);
  const bytesRead = stage.processes.bytesRead();
  const endedAs = (outcome: string) => objects.all.filter((upload) => upload.outcome === outcome).length;
  return {
    seed: run.seed,
    mode: run.mode,
    startedAt: startedAt.toISOString(),
    faultSeconds,
    seconds: (Date.now() - startedAt.getTime()) / 1_000,
    uploads: objects.all.length,
    hashed: endedAs('hashed'),
    superseded: endedAs('superseded'),
    gone: endedAs('gone'),
    inFlight,
    faults: log.faults,
    processKills: log.processKills,
    missing: Object.fromEntries(stage.missing),
    bytesHashed: ends.bytesHashed,
    bytesRead,
    bytesReadInVain: ends.bytesReadInVain,
    bytesReadTwice: Math.max(0, bytesRead - ends.bytesHashed - ends.bytesReadInVain),
    allowances: account.allowances,
    recoveries: log.recoveries,
    wrongDigests: ends.wrong,
    lostObjects: objects.waiting.map(({ key }) => key),
    doubleResults: await findDoubles(stage.temporal, stage.bucket),
    problems: log.problems,
    failedJobs: ends.failed.map(({ key, status, cause }) => `${key} ${status} ${cause}`),
  };
}
