/** How the consumers of a class follow its backlog. */
export const SCALING_NAMES = ['fixed', 'lambda', 'lambda-2021', 'keda'] as const;

export type ScalingName = (typeof SCALING_NAMES)[number];

/** What a scaler sees of one class when it looks. */
export interface Look {
  readonly atSeconds: number;
  readonly workers: number;
  /** Objects that nobody has begun. */
  readonly waiting: number;
  /** Workers that have work. */
  readonly busyWorkers: () => number;
}

export interface Scaling {
  readonly name: ScalingName;
  /** For people: what scales, with its figures. */
  readonly title: string;
  /** Where the rule and its figures come from. */
  readonly source: string;
  readonly startWorkers: number;
  readonly mostWorkers: number;
  /** Infinity: it never looks. */
  readonly lookEverySeconds: number;
  /** From the decision for a worker to its first work. */
  readonly startUpSeconds: number;
  /** What is paid for: seconds with work, or the time that workers are up. */
  readonly bills: 'work' | 'uptime';
  /** A scaler for one class: how many workers it wants at each look. It may remember earlier looks. */
  createScaler(): (look: Look) => number;
}

export interface ScalingChoice {
  readonly name: ScalingName;
  /** `fixed`: the fleet; else the workers at the start. */
  readonly workers?: number | undefined;
  /** `lambda`: its maximum concurrency; `keda`: maxReplicaCount. */
  readonly mostWorkers?: number | undefined;
  readonly startUpSeconds?: number | undefined;
}

/** The scaling by its name, with its own figures where none are given. */
export function scalingOf(choice: ScalingChoice): Scaling {
  switch (choice.name) {
    case 'fixed':
      return fixedFleet(choice.workers ?? 1);
    case 'lambda':
      return lambda(choice, {
        step: 300,
        most: 1_250,
        title: 'SQS-triggered Lambda, 5 at once, then up to 300 more a minute',
        source:
          'docs.aws.amazon.com/lambda/latest/dg/services-sqs-scaling.html: five at first, up to 300 more a minute, at most 1,250 or the maximum concurrency set (2 to 1,000)',
      });
    case 'lambda-2021':
      return lambda(choice, {
        step: 60,
        most: 1_000,
        title: 'SQS-triggered Lambda as of 2021, 5 at once, then 60 more a minute',
        source:
          'the seed (5, 65, 125 … workers), after AWS’s documentation of its time: 60 more a minute, at most 1,000',
      });
    case 'keda':
      return keda(choice);
  }
}

function fixedFleet(workers: number): Scaling {
  return {
    name: 'fixed',
    title: `a fixed fleet of ${String(workers)} ${workers === 1 ? 'worker' : 'workers'} a class`,
    source: 'given',
    startWorkers: workers,
    mostWorkers: workers,
    lookEverySeconds: Infinity,
    startUpSeconds: 0,
    bills: 'uptime',
    createScaler: () => () => workers,
  };
}

const LAMBDA_START = 5;

interface LambdaFigures {
  readonly step: number;
  readonly most: number;
  readonly title: string;
  readonly source: string;
}

/** While messages wait, so many more each minute; when none wait it falls back to what is busy. */
function lambda(choice: ScalingChoice, { step, most, title, source }: LambdaFigures): Scaling {
  const mostWorkers = Math.min(choice.mostWorkers ?? most, most);
  const startWorkers = Math.min(choice.workers ?? LAMBDA_START, mostWorkers);
  return {
    name: choice.name,
    title: `${title}, at most ${String(mostWorkers)}`,
    source,
    startWorkers,
    mostWorkers,
    lookEverySeconds: 60,
    startUpSeconds: choice.startUpSeconds ?? 0,
    bills: 'work',
    createScaler:
      () =>
      ({ workers, waiting, busyWorkers }) =>
        waiting > 0
          ? Math.min(workers + step, mostWorkers)
          : Math.min(workers, Math.max(startWorkers, busyWorkers())),
  };
}

/** Of the Helm chart (infra/helm/midstate/values.yaml). */
const KEDA = { pollSeconds: 15, waitingAWorker: 5, least: 1, most: 20, calmSeconds: 300 } as const;

/** Kubernetes' own rule for growing: in 15 s, 4 pods more or twice as many, whichever is more. */
const PODS_AT_A_TIME = 4;

/** A pod whose image is on its node, until it polls: a guess, to be given with --start-up-s. */
const POD_START_SECONDS = 15;

function keda(choice: ScalingChoice): Scaling {
  const mostWorkers = choice.mostWorkers ?? KEDA.most;
  const least = Math.min(choice.workers ?? KEDA.least, mostWorkers);
  return {
    name: 'keda',
    title: `Kubernetes with KEDA, ${String(least)} to ${String(mostWorkers)} workers a class, one for ${String(KEDA.waitingAWorker)} that wait`,
    source:
      'infra/helm/midstate/values.yaml (poll each 15 s, targetQueueSize 5); kubernetes.io/docs/tasks/run-application/horizontal-pod-autoscale: at most 4 pods or 100 % more in 15 s, fewer only after 300 s',
    startWorkers: least,
    mostWorkers,
    lookEverySeconds: KEDA.pollSeconds,
    startUpSeconds: choice.startUpSeconds ?? POD_START_SECONDS,
    bills: 'uptime',
    createScaler: () => createKedaScaler(least, mostWorkers),
  };
}

function createKedaScaler(least: number, most: number): (look: Look) => number {
  let recent: { readonly atSeconds: number; readonly wanted: number }[] = [];
  return ({ atSeconds, workers, waiting }) => {
    const wanted = Math.min(most, Math.max(least, Math.ceil(waiting / KEDA.waitingAWorker)));
    recent = recent.filter((one) => atSeconds - one.atSeconds < KEDA.calmSeconds);
    recent.push({ atSeconds, wanted });
    if (wanted > workers) return Math.min(wanted, Math.max(workers + PODS_AT_A_TIME, 2 * workers));
    return Math.min(workers, Math.max(...recent.map((one) => one.wanted)));
  };
}
