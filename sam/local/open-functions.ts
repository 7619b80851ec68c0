import { memoryClass, isMemoryClassMB } from '../../src/core/memory-classes.js';
import type { TemplateValues } from './evaluate-template.js';
import { readFunctionSpecs, type FunctionSpec } from './function-specs.js';
import { functionArn, lambdaVariables } from './lambda-variables.js';
import { LocalFunction } from './local-function.js';
import type { RuntimeClient } from './runtime-client.js';

export interface OpenFunctionsOptions {
  /** Written by `npm run sam:build`, beside what it built. */
  readonly template: string;
  /** Parameters of the template. */
  readonly values: TemplateValues;
  /** Says where the local servers are. */
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly client: RuntimeClient;
  /** Give each function its class's part of a CPU. */
  readonly shareCpu?: boolean;
  readonly log: (name: string, line: string) => void;
  /** More variables for the nth environment of a function. */
  readonly variables?: (name: string, index: number) => Readonly<Record<string, string>>;
}

/** A function that can be invoked here, with what the template says of it. */
export interface OpenFunction {
  readonly spec: FunctionSpec;
  readonly local: LocalFunction;
}

/** The functions of a built template, by name; none is started before it is invoked. */
export function openFunctions(options: OpenFunctionsOptions): ReadonlyMap<string, OpenFunction> {
  const { template, values, env, client, log, variables = () => ({}), shareCpu = false } = options;
  const region = env['AWS_REGION'] ?? 'us-east-1';
  return new Map(
    readFunctionSpecs(template, values).map((spec) => {
      const { name, taskRoot, memoryMB, timeoutMs } = spec;
      const local = new LocalFunction(name, (index) => ({
        command: client.command,
        taskRoot,
        env: { ...lambdaVariables(spec, env), ...variables(name, index) },
        functionArn: functionArn(spec, region),
        memoryMB,
        timeoutMs,
        cpuShare: shareCpu && isMemoryClassMB(memoryMB) ? memoryClass(memoryMB).cpuShare : undefined,
        log: (line) => {
          log(name, line);
        },
      }));
      return [name, { spec, local }];
    }),
  );
}
