import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { CreateBucketCommand } from '@aws-sdk/client-s3';
import { ALGORITHMS } from '../src/core/algorithms.js';
import { localS3Client } from '../src/local/aws-clients.js';
import type { LocalEnvironment, Report } from '../src/local/local-environment.js';
import { checkAccounting } from './measure/check-accounting.js';
import { findCgroups } from './measure/find-cgroups.js';
import { contendersOf } from './peers/contender.js';
import { findPeers } from './peers/find-peers.js';
import type { BenchPlan } from './plan.js';
import { renderComparison } from './report/render-comparison.js';
import type { BenchContext } from './sections/bench-context.js';
import { compareContenders } from './sections/compare-contenders.js';
import { BUCKET, makeObject, type BenchObject } from './stage/bench-object.js';
import { startS3Servers } from './stage/s3-servers.js';

export interface BenchRun {
  readonly plan: BenchPlan;
  readonly environment: LocalEnvironment;
  /** For objects and logs; removed by the caller. */
  readonly folder: string;
  /** Where the results are written. */
  readonly output: string;
  readonly report: Report;
}

/** Runs the plan and writes the results. */
export async function runBench(run: BenchRun): Promise<void> {
  const { plan, environment, folder, report } = run;
  const cgroups = await findCgroups();
  const accounting = await checkAccounting(cgroups, environment.env);
  for (const check of accounting) {
    report(
      `CPU account of ${check.title}: known ${check.knownCpuSeconds.toFixed(3)} s, counted ${check.countedCpuSeconds.toFixed(3)} s`,
    );
  }
  const peers = await findPeers(environment, report);
  for (const peer of peers) if ('reason' in peer) report(`skipped: ${peer.title}: ${peer.reason}`);
  const servers = await startS3Servers(environment, folder, report);
  try {
    const endpoints = [servers.http, servers.https].flatMap((e) => ('reason' in e ? [] : [e]));
    const s3 = localS3Client(servers.http.url);
    await s3.send(new CreateBucketCommand({ Bucket: BUCKET }));
    const objects = new Map<number, Promise<BenchObject>>();
    const context: BenchContext = {
      plan,
      environment,
      folder,
      cgroups,
      endpoints,
      report,
      contenders: contendersOf(peers),
      objectOf: (sizeBytes) => {
        const made =
          objects.get(sizeBytes) ??
          makeObject(s3, { key: `${String(sizeBytes)}.bin`, sizeBytes }, ALGORITHMS);
        objects.set(sizeBytes, made);
        return made;
      },
    };
    const comparisons = await compareContenders(context, ['sha1']);
    mkdirSync(run.output, { recursive: true });
    writeFileSync(join(run.output, 'results.json'), JSON.stringify({ comparisons }, undefined, 2));
    for (const comparison of comparisons) report(renderComparison(comparison));
  } finally {
    await servers.stop();
  }
}
