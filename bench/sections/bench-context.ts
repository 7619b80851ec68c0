import type { LocalEnvironment, Report } from '../../src/local/local-environment.js';
import type { CgroupAccess } from '../measure/cgroup.js';
import type { Contender } from '../peers/contender.js';
import type { BenchPlan } from '../plan.js';
import type { BenchObject } from '../stage/bench-object.js';
import type { Endpoint } from '../stage/s3-servers.js';

/** What every section works with. */
export interface BenchContext {
  readonly plan: BenchPlan;
  readonly environment: LocalEnvironment;
  /** Of this run alone; removed at its end. */
  readonly folder: string;
  readonly cgroups: CgroupAccess;
  readonly contenders: readonly Contender[];
  readonly endpoints: readonly Endpoint[];
  /** Makes the object the first time it is asked for. */
  objectOf(sizeBytes: number): Promise<BenchObject>;
  readonly report: Report;
}
