import { writeFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { MidstateError } from '../../core/failures.js';
import { findOnPath } from '../install/find-executable.js';
import { installOnce } from '../install/install-once.js';
import { runTool } from '../install/run-tool.js';
import type { LocalEnvironment, Report } from '../local-environment.js';
import { locateJava } from './java.js';

const VERSION = '1.7.1';
export const ELASTICMQ_MAIN_CLASS = 'org.elasticmq.server.Main';

export interface ElasticMq {
  readonly java: string;
  /** As `java -cp` takes it. */
  readonly classpath: string;
}

/**
 * The SQS server's classes and a Java to run them: `ELASTICMQ_CLASSPATH` or `ELASTICMQ_JAR`, else the cache, else
 * fetched from Maven into the cache.
 * @throws MidstateError InvalidInput when Java or Maven is missing
 */
export async function locateElasticMq(environment: LocalEnvironment, report: Report): Promise<ElasticMq> {
  const { env, cacheDir, signal } = environment;
  const java = await locateJava(env);
  const given = [env['ELASTICMQ_CLASSPATH'], env['ELASTICMQ_JAR']].find(
    (path) => path !== undefined && path !== '',
  );
  if (given !== undefined) return { java, classpath: given };
  const folder = join(cacheDir, `elasticmq-${VERSION}`);
  await installOnce({
    title: `ElasticMQ ${VERSION} (SQS)`,
    folder,
    report,
    signal,
    install: (stagingDir) => fetchJars(stagingDir, environment),
  });
  return { java, classpath: join(folder, 'lib', '*') };
}

async function fetchJars(into: string, { env, cacheDir, signal }: LocalEnvironment): Promise<void> {
  const maven = await findOnPath('mvn', env);
  if (maven === undefined) throw noMaven(cacheDir);
  const pom = join(into, 'pom.xml');
  await writeFile(pom, POM);
  const output = `-DoutputDirectory=${join(into, 'lib')}`;
  // The goal is written with its version, so that the same plugin runs everywhere.
  const goal = 'org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy-dependencies';
  await runTool({
    command: maven,
    args: ['-q', '-B', '-f', pom, goal, '-DincludeScope=runtime', output],
    env,
    signal,
  });
  await rm(pom);
}

const POM = `<?xml version="1.0" encoding="UTF-8"?>
<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>midstate</groupId>
  <artifactId>local-sqs</artifactId>
  <version>1</version>
  <packaging>pom</packaging>
  <dependencies>
    <dependency>
      <groupId>org.elasticmq</groupId>
      <artifactId>elasticmq-server_2.13</artifactId>
      <version>${VERSION}</version>
    </dependency>
  </dependencies>
</project>
`;

function noMaven(cacheDir: string): MidstateError {
  return new MidstateError(
    'InvalidInput',
    `ElasticMQ (the local SQS server): not in ELASTICMQ_CLASSPATH or ELASTICMQ_JAR, nor in ${cacheDir}, and there is ` +
      'no Maven (mvn) on PATH to fetch it with. Install Maven, or set ELASTICMQ_JAR to the path of ' +
      `elasticmq-server-all-${VERSION}.jar from https://github.com/softwaremill/elasticmq/releases/tag/v${VERSION}`,
  );
}
