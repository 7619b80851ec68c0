import { CreateBucketCommand, type S3Client } from '@aws-sdk/client-s3';
import { ALGORITHMS } from '../src/core/algorithms.js';
import { requireDiskSpace } from '../src/demo/require-disk-space.js';
import { localS3Client } from '../src/local/aws-clients.js';
import type { LocalEnvironment, Report } from '../src/local/local-environment.js';
import { locateVersitygw } from '../src/local/servers/versitygw.js';
import { checkAccounting } from './measure/check-accounting.js';
import type { CgroupAccess } from './measure/cgroup.js';
import { findCgroups } from './measure/find-cgroups.js';
import { contendersOf } from './peers/contender.js';
import { findPeers } from './peers/find-peers.js';
import { installPython } from './peers/install-python.js';
import type { BenchPlan, SectionName } from './plan.js';
import type { BenchResults, Skipped } from './results.js';
import type { BenchContext } from './sections/bench-context.js';
import { compareContenders } from './sections/compare-contenders.js';
import { compareInClasses } from './sections/compare-in-classes.js';
import { measureMemory } from './sections/measure-memory.js';
import { measurePipeline } from './sections/measure-pipeline.js';
import { readOnce } from './sections/read-once.js';
import { BUCKET, makeObject, type BenchObject } from './stage/bench-object.js';
import { describeMachine } from './stage/machine.js';
import { startS3Servers } from './stage/s3-servers.js';

export interface BenchRun {
  readonly plan: BenchPlan;
  readonly environment: LocalEnvironment;
  /** For objects and logs; removed by the caller. */
  readonly folder: string;
  readonly report: Report;
}

/**
 * Finds the peers, starts the servers, runs the plan's sections one after another.
 * @throws MidstateError when a digest is wrong, the CPU account is wrong, or a command fails
 */
export async function runBench(run: BenchRun): Promise<BenchResults> {
  const startedAt = new Date();
  const { plan, environment, folder, report } = run;
  await requireDiskSpace(folder, neededBytes(plan), { command: 'bench', elsewhere: 'MIDSTATE_DATA_DIR' });
  const cgroups = await findCgroups();
  const accounting = await checkAccounting(cgroups, environment.env);
  const python = await installPython(environment, report);
  const peers = await findPeers(environment, python, report);
  const versitygw = await locateVersitygw(environment, report);
  const machine = await describeMachine(environment.env, versitygw, 'reason' in python ? undefined : python);
  const servers = await startS3Servers(environment, versitygw, folder, report);
  const s3 = localS3Client(servers.http.url);
  try {
    await s3.send(new CreateBucketCommand({ Bucket: BUCKET }));
    const found = await runSections({
      plan,
      environment,
      folder,
      cgroups,
      report,
      endpoints: [servers.http, servers.https].flatMap((e) => ('reason' in e ? [] : [e])),
      contenders: contendersOf(peers),
      objectOf: objectMaker(s3, plan),
    });
    const left = [...peers, { title: 'HTTPS', ...servers.https }].flatMap((p) =>
      'reason' in p ? [skip(p.title, p.reason)] : [],
    );
    return {
      startedAt: startedAt.toISOString(),
      seconds: (Date.now() - startedAt.getTime()) / 1_000,
      plan,
      machine,
      accountedBy: accountant(cgroups),
      accounting,
      ...found,
      skipped: [...left, ...found.skipped],
    };
  } finally {
    s3.destroy();
    await servers.stop();
  }
}

/** The objects, twice the largest while its parts are assembled, and room for logs. */
function neededBytes(plan: BenchPlan): number {
  const sizes = [
    plan.objectBytes,
    plan.algorithmObjectBytes,
    plan.classObjectBytes,
    ...plan.confinedObjectBytes,
    ...plan.memoryObjectBytes,
  ];
  return [...new Set(sizes)].reduce((sum, size) => sum + size, 0) + Math.max(...sizes) + 200_000_000;
}

function accountant(cgroups: CgroupAccess): string {
  return cgroups.version === undefined
    ? `the kernel's account of processes that were waited for (no control groups: ${cgroups.reason})`
    : `the kernel's control groups (version ${String(cgroups.version)})`;
}

/** Makes each object once; the ones that only sha1 is asked of, with that digest alone. */
function objectMaker(s3: S3Client, plan: BenchPlan): BenchContext['objectOf'] {
  const made = new Map<number, Promise<BenchObject>>();
  return (sizeBytes) => {
    const isOfAll = [1, plan.objectBytes, plan.algorithmObjectBytes].includes(sizeBytes);
    const algorithms = isOfAll ? ALGORITHMS : (['sha1'] as const);
    const object =
      made.get(sizeBytes) ?? makeObject(s3, { key: `${String(sizeBytes)}.bin`, sizeBytes }, algorithms);
    made.set(sizeBytes, object);
    return object;
  };
}

type Found = Pick<BenchResults, 'comparisons' | 'oneReads' | 'memory' | 'classes' | 'pipeline' | 'skipped'>;

async function runSections(context: BenchContext): Promise<Found> {
  const wants = (section: SectionName) => context.plan.sections.includes(section);
  const { objectBytes, algorithmObjectBytes } = context.plan;
  const engine = wants('engine')
    ? await compareContenders(context, { algorithms: ['sha1'], sizeBytes: objectBytes, warmUp: true })
    : [];
  const oneReads = wants('one-read') ? await readOnce(context) : [];
  const memory = wants('memory') ? await measureMemory(context) : [];
  const classes = wants('classes') ? await compareInClasses(context) : [];
  const pipeline = wants('pipeline') ? await measurePipeline(context) : undefined;
  const every = {
    algorithms: context.plan.algorithms,
    sizeBytes: algorithmObjectBytes,
    warmUp: !wants('engine'),
  };
  const comparisons = [...engine, ...(wants('algorithms') ? await compareContenders(context, every) : [])];
  const skipped: Skipped[] = [
    ...('reason' in classes ? [skip('memory classes', classes.reason)] : []),
    ...(pipeline !== undefined && 'reason' in pipeline ? [skip('the pipeline', pipeline.reason)] : []),
  ];
  return {
    comparisons,
    oneReads,
    memory,
    classes: 'reason' in classes ? [] : classes,
    pipeline: pipeline === undefined || 'reason' in pipeline ? undefined : pipeline,
    skipped,
  };
}

function skip(title: string, reason: string): Skipped {
  return { title, reason };
}
