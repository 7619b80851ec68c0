import { writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { InvalidArgumentError, type Command } from 'commander';
import { loadConfig } from '../config.js';
import { SEARCH_ATTRIBUTES } from '../core/search-attributes.js';
import { startLocalStack } from '../local/local-stack.js';
import { FIXED_PORTS, type PortChoice } from '../local/ports.js';
import { startPipeline, type Pipeline } from '../local/pipeline.js';
import type { LocalStack } from '../local/stack-options.js';
import { printLine } from './output.js';
import { stopOnSignal, untilAborted } from './stop-on-signal.js';

interface DevOptions {
  readonly dataDir?: string;
  readonly memoryClasses?: string;
  readonly algorithms?: string;
  readonly publish?: string;
  readonly bucket: string;
  readonly versioning?: boolean;
  readonly ports: PortChoice;
}

export function addDevCommand(program: Command): void {
  program
    .command('dev')
    .description(
      'start everything on this machine: Temporal with Web UI, S3, SQS, poller and workers; until Ctrl-C',
    )
    .option(
      '--data-dir <folder>',
      'where objects, messages, histories and logs are kept (default: .midstate)',
    )
    .option('--memory-classes <list>', 'workers to start, one a class (default: 256,512)')
    .option('--algorithms <list>', 'digests to compute, e.g. sha1,sha256')
    .option('--publish <list>', 'write digests to tags, sidecar, or both')
    .option('--bucket <name>', 'bucket to create', 'midstate')
    .option('--versioning', 'turn the bucket’s versioning on')
    .option('--ports <choice>', 'fixed, free, or e.g. temporal=7300,s3=7100', parsePorts, 'fixed')
    .addHelpText(
      'after',
      '\nExample:\n  midstate dev\n  . .midstate/env && aws s3 cp video.mov s3://midstate/',
    )
    .action(dev);
}

/** Parses `--ports`: a word, or the ports that differ from the documented ones. */
function parsePorts(text: string): PortChoice {
  if (text === 'fixed' || text === 'free') return text;
  const known = Object.keys(FIXED_PORTS);
  const pairs = text.split(',').map((pair) => pair.split('='));
  for (const [name = '', port] of pairs) {
    const isPort = /^\d{1,5}$/.test(port ?? '') && Number(port) > 0 && Number(port) < 65_536;
    if (!known.includes(name) || !isPort) {
      throw new InvalidArgumentError(
        `expected fixed, free, or NAME=PORT with a name of ${known.join(', ')}; got ${text}.`,
      );
    }
  }
  return Object.fromEntries(pairs.map(([name, port]): [string, number] => [name ?? '', Number(port)]));
}

async function dev(options: DevOptions): Promise<void> {
  const config = loadConfig({
    dataDir: options.dataDir,
    memoryClasses: options.memoryClasses,
    algorithms: options.algorithms,
    publish: options.publish,
  });
  const stop = stopOnSignal();
  const dataDir = resolve(config.dataDir);
  const stack = await startLocalStack({
    env: config.env,
    cacheDir: config.cacheDir,
    dataDir,
    ports: options.ports,
    bucket: options.bucket,
    versioning: options.versioning === true,
    searchAttributes: SEARCH_ATTRIBUTES,
    report: printLine,
    signal: stop,
  });
  try {
    if (stop.aborted) return;
    const pipeline = startPipeline({
      env: {
        ...config.env,
        ...stack.env,
        MIDSTATE_ALGORITHMS: config.algorithms.join(','),
        MIDSTATE_PUBLISH: Object.entries(config.publish)
          .flatMap(([sink, on]) => (on ? [sink] : []))
          .join(','),
        MIDSTATE_MEMORY_CLASSES: config.memoryClasses.join(','),
      },
      dataDir,
      memoryClassesMB: config.memoryClasses,
      report: printLine,
    });
    printUrls(stack, pipeline, dataDir);
    await untilAborted(stop);
    printLine('stopping …');
    await pipeline.stop();
  } finally {
    await stack.stop();
  }
  printLine('stopped; objects, messages and histories are kept');
}

function printUrls(stack: LocalStack, pipeline: Pipeline, dataDir: string): void {
  const envFile = join(dataDir, 'env');
  const exports = Object.entries(stack.env).map(([name, value]) => `export ${name}='${value}'\n`);
  writeFileSync(envFile, exports.join(''));
  const { urls } = stack;
  for (const line of [
    '',
    `Temporal Web UI   ${urls.temporalUi}`,
    `Temporal          ${urls.temporalAddress}`,
    `S3                ${urls.s3}  (bucket ${stack.env['MIDSTATE_BUCKET'] ?? ''})`,
    `SQS               ${urls.queueUrl}`,
    `Dead-letter queue ${urls.dlqUrl}`,
    `Logs              ${join(dataDir, 'logs')}`,
    ...[...pipeline.metricsAddresses].map(
      ([name, address]) => `Metrics           http://${address}/metrics  (${name})`,
    ),
    '',
    `In another terminal:  . ${envFile}  then  npx midstate status`,
    'Upload with any S3 client; Ctrl-C stops everything.',
  ]) {
    printLine(line);
  }
}
