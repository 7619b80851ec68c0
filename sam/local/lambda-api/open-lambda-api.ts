import { LocalFunction } from '../local-function.js';
import { environmentOptions, type OpenFunction, type OpenFunctionsOptions } from '../open-functions.js';
import { LambdaApi } from './lambda-api.js';
import { VersionedFunction } from './versioned-function.js';

/** Lambda's API for built functions: what it invokes runs here, in the memory that its version has. */
export async function openLambdaApi(
  functions: ReadonlyMap<string, OpenFunction>,
  options: OpenFunctionsOptions,
  port?: number,
): Promise<LambdaApi> {
  const versioned = [...functions.values()].map(({ spec }) => {
    const { name, memoryMB, timeoutMs, env } = spec;
    const settings = { memoryMB, variables: env, timeoutSeconds: timeoutMs / 1_000 };
    const run = (version: typeof settings, number: string) => {
      const log: string[] = [];
      const changed = { ...spec, memoryMB: version.memoryMB, env: version.variables };
      const local = new LocalFunction(`${name}:${number}`, (index) => ({
        ...environmentOptions(changed, options, index),
        log: (line) => {
          log.push(line);
          options.log(`${name}:${number}`, line);
        },
      }));
      return {
        invoke: async (event: unknown) => ({ report: await local.invoke(event), log: log.splice(0) }),
        stop: () => local.stop(),
      };
    };
    return [name, new VersionedFunction(name, settings, run)] as const;
  });
  return await LambdaApi.open(new Map(versioned), port);
}
