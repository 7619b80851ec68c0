import { memoryClass, isMemoryClassMB } from '../../src/core/memory-classes.js';
import type { TemplateValues } from './evaluate-template.js';
import { readFunctionSpecs, type FunctionSpec } from './function-specs.js';
import type { EnvironmentOptions } from './execution-environment.js';
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
  const { template, values } = options;
  return new Map(
    readFunctionSpecs(template, values).map((spec) => {
      const { name } = spec;
      return [
        name,
        { spec, local: new LocalFunction(name, (index) => environmentOptions(spec, options, index)) },
      ];
    }),
  );
}

/** What the nth execution environment of a function is started with. */
export function environmentOptions(
  spec: FunctionSpec,
  options: OpenFunctionsOptions,
  index: number,
): EnvironmentOptions {
  const { env, client, log, variables = () => ({}), shareCpu = false } = options;
  const { name, taskRoot, memoryMB, timeoutMs } = spec;
  return {
    command: client.command,
    taskRoot,
    env: { ...lambdaVariables(spec, env), ...variables(name, index) },
    functionArn: functionArn(spec, env['AWS_REGION'] ?? 'us-east-1'),
    memoryMB,
    timeoutMs,
    cpuShare: shareCpu && isMemoryClassMB(memoryMB) ? memoryClass(memoryMB).cpuShare : undefined,
    log: (line) => {
      log(name, line);
    },
  };
}
