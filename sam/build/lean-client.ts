import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Plugin } from 'rolldown';
import { MidstateError } from '../../src/core/failures.js';
import type { FunctionTarget } from './build-targets.js';
import { filesUnder } from './files-under.js';
import { namesIn, pruneDefinitions, type Definition } from './prune-definitions.js';

export type TemporalCalls = NonNullable<FunctionTarget['temporalCalls']>;

const SERVICE = 'temporal.api.workflowservice.v1.WorkflowService';

/** Whose code reads definitions by their names, partly when it is loaded. */
const READERS = ['node_modules/@temporalio/client/lib', 'node_modules/@temporalio/common/lib'];

/** The module that makes objects of all messages of Temporal's protocol when it is loaded: a fourth of a cold start. */
const DEFINITIONS = /@temporalio\/proto\/protos\/json-module\.js$/;

/**
 * Puts into a bundle only those definitions of Temporal's protocol that `calls` need, and those that the client's own code
 * names. A method that is left out is no method of the client's: calling it is a TypeError.
 */
export function leanClient(root: string, calls: TemporalCalls): Plugin {
  return {
    name: 'lean-temporal-client',
    transform: {
      filter: { id: DEFINITIONS },
      handler(code) {
        return replaceDefinitions(code, (all) =>
          pruneDefinitions(all, {
            names: namesIn(all, textOfReaders(root)),
            methods: new Set(
              Object.values(calls).flatMap((methods) => methods.map((name) => `${SERVICE}.${name}`)),
            ),
          }),
        );
      },
    },
  };
}

/**
 * Changes the definitions in that module, and makes them a text: V8 reads JSON faster than a program.
 * @throws MidstateError InvalidInput when the module is not as it is expected
 */
export function replaceDefinitions(code: string, change: (all: Definition) => Definition): string {
  const [, before = '', json = '', after = ''] = /^(.*?\.addJSON\()(\{.*\})(\).*)$/s.exec(code) ?? [];
  let nested: Definition['nested'];
  try {
    nested = JSON.parse(json) as Definition['nested'] & object;
  } catch (cause) {
    throw new MidstateError(
      'InvalidInput',
      'sam build: the definitions in @temporalio/proto are not as they were; look at sam/build/lean-client.ts',
      { facts: { expected: 'addJSON({ … }) with JSON' }, cause },
    );
  }
  const text = JSON.stringify(change({ nested }).nested);
  return `${before}JSON.parse(${JSON.stringify(text)})${after}`;
}

function textOfReaders(root: string): string {
  return READERS.flatMap((folder) =>
    filesUnder(join(root, folder))
      .filter((path) => path.endsWith('.js'))
      .map((path) => readFileSync(join(root, folder, path), 'utf8')),
  ).join('\n');
}

/** Calls of a client's parts: `client.workflow.start(`, `connection.workflowService.getSystemInfo(`, `Connection.connect(`. */
const CALL = /\b((?:Connection|workflow|activity|schedule|nexus|taskQueue|\w*[sS]ervice)\.\w+)\(/g;

/**
 * Checks that our modules call the client for nothing that it was not given.
 *
 * @param modules code by path, as it is in the bundle
 * @throws MidstateError InvalidInput that names the call
 */
export function checkCalls(modules: Iterable<readonly [string, string]>, calls: TemporalCalls): void {
  for (const [path, code] of modules)
    for (const [, call = ''] of code.matchAll(CALL))
      if (!(call in calls))
        throw new MidstateError(
          'InvalidInput',
          `sam build: ${path} calls Temporal’s client for more than the function says; name the call and its methods in sam/build/build-targets.ts`,
          { facts: { expected: Object.keys(calls).join(', '), actual: call } },
        );
}
