import type { TuneConditions } from './tune-result.js';

/** How the workers of a result were held, for people. */
export function describeConfinement({ confinement, lambda }: TuneConditions): string {
  switch (confinement) {
    case 'cgroup':
      return 'each worker in a control group with the memory and the CPU share of its class';
    case 'systemd-run':
      return 'each worker in a scope of systemd with the memory and the CPU share of its class';
    case 'docker':
      return 'each worker in a docker container with the memory and the CPU share of its class';
    case 'lambda': {
      if (lambda === undefined) return 'each run on AWS Lambda';
      const { billedGBSeconds, billedDollars, architecture } = lambda;
      return (
        `each run on a version of the Lambda function ${lambda.function} (${architecture}) with the class’s memory, which was billed ` +
        `${String(Math.round(billedGBSeconds))} GB-seconds, $${billedDollars.toFixed(4)} at list price; what is said of the machine is where the command ran`
      );
    }
    case 'none':
      return 'workers without limits: their classes are names only';
  }
}
