import { join } from 'node:path';
import { MidstateError } from '../../core/failures.js';
import { findOnPath, isExecutable } from '../install/find-executable.js';
import { runTool } from '../install/run-tool.js';
import type { LocalEnvironment } from '../local-environment.js';

/** H2 2.2, which keeps ElasticMQ's messages, is compiled for Java 11. */
const OLDEST_MAJOR = 11;

/**
 * A Java of version 11 or newer: from `JAVA_HOME`, else on `PATH`.
 * @throws MidstateError InvalidInput when there is none, or it is older
 */
export async function locateJava(env: LocalEnvironment['env']): Promise<string> {
  const home = env['JAVA_HOME'];
  const ofHome = home === undefined || home === '' ? undefined : join(home, 'bin', 'java');
  const java = ofHome !== undefined && (await isExecutable(ofHome)) ? ofHome : await findOnPath('java', env);
  if (java === undefined) throw noJava('none found in JAVA_HOME or on PATH');
  const said = await runTool({ command: java, args: ['-version'], env }).catch((error: unknown) => {
    throw noJava(`${java} does not run`, error); // macOS ships a stub that only says that there is no Java
  });
  const major = Number(/version "(?:1\.)?(\d+)/.exec(said)?.[1]);
  if (major < OLDEST_MAJOR) throw noJava(`${java} is version ${String(major)}`);
  return java;
}

function noJava(actual: string, cause?: unknown): MidstateError {
  return new MidstateError(
    'InvalidInput',
    `Java: the local SQS server (ElasticMQ) needs version ${String(OLDEST_MAJOR)} or newer; ${actual}. ` +
      'Install a Java runtime, or set JAVA_HOME to one',
    { cause },
  );
}
