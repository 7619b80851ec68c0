import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { GetObjectTaggingCommand } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { eventually } from '../setup/eventually.js';
import { RunningCommand, userEnvironment } from '../setup/midstate-cli.js';
import { OtlpReceiver, type ReceivedSpan } from '../setup/otlp-receiver.js';
import { PipelineStage } from '../setup/pipeline-stage.js';
import { parseSamples, sumOf, type Sample } from '../setup/prometheus-text.js';
import { SlowNetwork } from '../setup/slow-network.js';
import { freshBytes, putObject } from '../setup/stack-clients.js';
import { theStack } from '../setup/the-stack.js';

const SMALL_BYTES = 1_000;
const LARGE_BYTES = 45_000_000;
const keys = { small: `small-${randomUUID()}`, large: `large-${randomUUID()}` };
const PROCESSES = ['worker-workflows', 'worker-256', 'worker-512', 'poller'] as const;

let collector: OtlpReceiver;
let stage: PipelineStage;
/** Base URL of each process's listener. */
const urls = new Map<string, string>();

/** One small and one large object, through the whole product, with everything watching that can. */
beforeAll(async () => {
  collector = await OtlpReceiver.open();
  stage = await PipelineStage.open({
    MIDSTATE_METRICS_ADDRESS: '127.0.0.1:0',
    MIDSTATE_RANGE_SIZE_BYTES: '20000000',
    MIDSTATE_PUBLISH: 'tags',
    OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
    OTEL_BSP_SCHEDULE_DELAY: '100',
  });
  for (const name of PROCESSES) {
    const line = await eventually(() => linesOf(name).find(({ url }) => url !== undefined), {
      what: `the address of ${name}`,
    });
    urls.set(name, String(line['url']));
  }
  await putObject(stage.clients.s3, stage.bucket, keys.small, freshBytes(SMALL_BYTES));
  await putObject(stage.clients.s3, stage.bucket, keys.large, freshBytes(LARGE_BYTES));
  await Promise.all([stage.resultOf(keys.small), stage.resultOf(keys.large)]);
});

afterAll(async () => {
  await stage.close();
  await collector.close();
});

function linesOf(name: string): Record<string, unknown>[] {
  const file = join(theStack().scratchDir, stage.taskQueuePrefix, 'logs', `${name}.log`);
  const text = readFileSync(file, 'utf8');
  // The last line may be under way.
  return text
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line) as Record<string, unknown>);
}

async function scrape(...names: readonly string[]): Promise<Sample[]> {
  const texts = names.map(async (name) => (await fetch(`${urls.get(name)!}/metrics`)).text());
  return (await Promise.all(texts)).flatMap(parseSamples);
}

async function ready(url: string): Promise<{ status: number; checks: Record<string, string> }> {
  const answer = await fetch(`${url}/readyz`);
  return {
    status: answer.status,
    checks: ((await answer.json()) as { checks: Record<string, string> }).checks,
  };
}

describe('metrics of the whole product', () => {
  test('account for every byte and every object', async () => {
    const samples = await eventually(
      async () => {
        const seen = await scrape(...PROCESSES);
        return sumOf(seen, 'midstate_messages_deleted_total') === 2 && seen;
      },
      { what: 'both messages deleted' },
    );

    expect(sumOf(samples, 'midstate_s3_read_bytes_total')).toBe(SMALL_BYTES + LARGE_BYTES);
    expect(sumOf(samples, 'midstate_hashed_bytes_total', { algorithm: 'sha1' })).toBe(
      SMALL_BYTES + LARGE_BYTES,
    );
    expect(sumOf(samples, 'midstate_reread_bytes_total')).toBe(0);
    expect(sumOf(samples, 'midstate_ranges_total', { memory_class: '256', role: 'worker' })).toBe(4);
    expect(sumOf(samples, 'midstate_objects_in_flight')).toBe(0);
    expect(sumOf(samples, 'midstate_sink_writes_total', { sink: 'tags', status: 'written' })).toBe(2);
    expect(sumOf(samples, 'midstate_job_starts_total', { kind: 'new' })).toBe(2);
    expect(sumOf(samples, 'midstate_messages_received_total')).toBe(2);
    expect(sumOf(samples, 'midstate_message_age_seconds_count')).toBe(2);
    expect(sumOf(samples, 'midstate_start_latency_seconds_count')).toBe(2);
    expect(sumOf(samples, 'midstate_jobs_total', { outcome: 'hashed' })).toBe(2);
    expect(sumOf(samples, 'midstate_verdicts_total', { verdict: 'unverified' })).toBe(2);
  });

  test('are one answer that Prometheus can read: no series twice, none without its role', async () => {
    for (const name of PROCESSES) {
      const samples = await scrape(name);
      const ids = samples.map(({ name, labels }) => JSON.stringify([name, Object.entries(labels).sort()]));

      expect(new Set(ids).size).toBe(ids.length);
      expect(samples.filter(({ labels }) => labels['role'] === undefined)).toEqual([]);
    }
    expect(sumOf(await scrape('worker-256'), 'midstate_sdk_metrics_up')).toBe(1);
  });

  test('have every name that the dashboard and the alert rules use', async () => {
    const present = new Set((await scrape(...PROCESSES)).map(({ name }) => name));
    const read = (path: string) => readFileSync(new URL(`../../infra/${path}`, import.meta.url), 'utf8');
    const expressions = [
      ...expressionsOf(JSON.parse(read('grafana/dashboard.json'))),
      ...expressionsOf(parse(read('prometheus/alerts.yml'))),
    ];

    const used = new Set(
      expressions.flatMap((text) => text.match(/\b(?:midstate|temporal|process|nodejs)_\w+/g) ?? []),
    );

    expect(used.size).toBeGreaterThan(20);
    expect([...used].filter((name) => !present.has(name))).toEqual([]);
  });
});

/** Every `expr` in a tree of values. */
function expressionsOf(tree: unknown): string[] {
  if (typeof tree !== 'object' || tree === null) return [];
  return Object.entries(tree).flatMap(([name, value]) =>
    name === 'expr' && typeof value === 'string' ? [value] : expressionsOf(value),
  );
}

describe('health', () => {
  test('of every process: it is alive, and ready', async () => {
    for (const name of PROCESSES) {
      const url = urls.get(name)!;

      expect((await fetch(`${url}/healthz`)).status).toBe(200);
      expect(await ready(url)).toEqual({
        status: 200,
        checks: { temporal: 'ok', [name === 'poller' ? 'queue' : 'worker']: 'ok' },
      });
    }
  });

  test.for([
    { args: ['worker', '--memory-class', '128'], variable: 'TEMPORAL_ADDRESS', what: 'temporal' },
    { args: ['poller'], variable: 'TEMPORAL_ADDRESS', what: 'temporal' },
    { args: ['poller'], variable: 'AWS_ENDPOINT_URL_SQS', what: 'queue' },
  ])('midstate $args.0 without its $what is alive, and not ready', async ({ args, variable, what }) => {
    const { env, scratchDir, urls: stack } = theStack();
    const target = variable === 'TEMPORAL_ADDRESS' ? `http://${stack.temporalAddress}` : stack.sqs;
    const network = await SlowNetwork.open(target);
    const endpoint = variable === 'TEMPORAL_ADDRESS' ? new URL(network.url).host : network.url;
    const log = join(scratchDir, `health-${randomUUID()}.log`);
    const settings = {
      MIDSTATE_METRICS_ADDRESS: '127.0.0.1:0',
      MIDSTATE_TASK_QUEUE_PREFIX: randomUUID(),
      // A queue where no message waits; its own address is where it is asked, whatever the endpoint.
      MIDSTATE_QUEUE_URL: what === 'queue' ? stack.dlqUrl.replace(stack.sqs, network.url) : stack.dlqUrl,
      [variable]: endpoint,
    };
    const command = new RunningCommand(args, userEnvironment(settings, env), log);
    try {
      const [, url = ''] = await eventually(() => /"url":"([^"]+)"/.exec(command.log()) ?? undefined, {
        what: 'its address',
      });
      await eventually(async () => (await ready(url)).status === 200, { what: 'a process that is ready' });

      await network.close();
      const { checks } = await eventually(
        async () => {
          const answer = await ready(url);
          return answer.status === 503 && answer;
        },
        { what: 'a process that is not ready' },
      );

      expect(checks[what]).not.toBe('ok');
      expect((await fetch(`${url}/healthz`)).status).toBe(200);
    } finally {
      command.signal('SIGKILL');
      await command.exited;
    }
  });

  test('of the bridge: it is ready once it has its bucket', async () => {
    const { env, scratchDir } = theStack();
    const name = `bridge-${randomUUID()}`;
    const log = join(scratchDir, `${name}.log`);
    const args = [
      'bridge',
      '--bucket',
      name,
      '--port',
      await freePort(),
      '--data-dir',
      join(scratchDir, name),
    ];
    const settings = { MIDSTATE_METRICS_ADDRESS: '127.0.0.1:0' };
    const command = new RunningCommand(args, userEnvironment(settings, env), log);
    try {
      const [, url = ''] = await eventually(() => /"url":"([^"]+)"/.exec(command.log()) ?? undefined, {
        what: 'its address',
      });
      const { checks } = await eventually(
        async () => {
          const answer = await ready(url);
          return answer.status === 200 && answer;
        },
        { what: 'a bridge that is ready' },
      );

      const samples = parseSamples(await (await fetch(`${url}/metrics`)).text());

      expect(checks).toEqual({ s3: 'ok' });
      expect(sumOf(samples, 'midstate_info', { role: 'bridge' })).toBe(1);
    } finally {
      await command.stop();
    }
  });
});

async function freePort(): Promise<string> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return String(port);
}

describe('logs', () => {
  test('of every process are JSON, a value a line, with its role and fixed names', () => {
    for (const name of PROCESSES) {
      const lines = linesOf(name);

      expect(lines.length).toBeGreaterThan(0);
      for (const line of lines) {
        expect(line).toMatchObject({
          time: expect.stringMatching(/^\d{4}-.*Z$/) as string,
          level: expect.stringMatching(/^(INFO|WARN|ERROR)$/) as string,
          message: expect.any(String) as string,
          role: expect.any(String) as string,
        });
        expect(Object.keys(line).filter((fact) => /token|midstates|workflowRunId/i.test(fact))).toEqual([]);
      }
    }
  });

  test('tell the way of an object from message to digest', () => {
    const about = (name: string, message: string) =>
      linesOf(name).filter((line) => line['message'] === message && line['key'] === keys.small);

    expect(about('poller', 'job started')).toMatchObject([{ bucket: stage.bucket, sizeBytes: SMALL_BYTES }]);
    expect(about('worker-256', 'object hashed')).toMatchObject([
      { bytesRead: SMALL_BYTES, bytesReadTwice: 0, memoryClassMB: 256, attempt: 1 },
    ]);
  });
});

describe('traces', () => {
  /** Names of the spans from the root down to this one. */
  function wayTo(span: ReceivedSpan, spans: readonly ReceivedSpan[]): string[] {
    const parent = spans.find(({ spanId }) => spanId === span.parentSpanId);
    return [...(parent === undefined ? [] : wayTo(parent, spans)), span.name];
  }

  /** The spans of the trace that an object's hashing activity is in, once they are complete. */
  async function traceOf(key: string, last: string): Promise<ReceivedSpan[]> {
    return await eventually(
      () => {
        const [activity] = collector.spans.filter(
          ({ name, attributes }) => /^RunActivity:hash/.test(name) && attributes['aws.s3.key'] === key,
        );
        const spans = collector.spans.filter(({ traceId }) => traceId === activity?.traceId);
        const names = spans.map(({ name }) => name);
        return names.includes(last) && names.includes('receive message') && spans;
      },
      { what: `the trace of ${key}` },
    );
  }

  test('lead from the message to the digest of a small object', async () => {
    const spans = await traceOf(keys.small, 'RunWorkflow:hashObject');

    const message = 'receive message';
    const start = `${message} > StartWorkflow:hashObject`;
    const job = `${start} > RunWorkflow:hashObject`;
    const scheduled = `${job} > StartActivity:hashSmallObject`;
    const activity = `${scheduled} > RunActivity:hashSmallObject`;
    expect(new Set(spans.map((span) => wayTo(span, spans).join(' > ')))).toEqual(
      new Set([
        message,
        start,
        job,
        scheduled,
        activity,
        `${activity} > open object`,
        `${activity} > describe object`, // publishing looks whether the object is still the same
        `${activity} > read tags`,
        `${activity} > publish tags`,
      ]),
    );
    const published = spans.find(({ name }) => name === 'publish tags');
    expect(published?.attributes).toMatchObject({ 'aws.s3.bucket': stage.bucket, 'aws.s3.key': keys.small });
  });

  test('have a span for each range of a large object, and one for its publishing', async () => {
    const spans = await traceOf(keys.large, 'RunWorkflow:hashObject');

    const counts = (name: string) => spans.filter((span) => span.name === name).length;
    expect(counts('RunActivity:describeObject')).toBe(1);
    expect(counts('RunActivity:hashRange')).toBe(3);
    expect(counts('RunActivity:publishDigests')).toBe(1);
    expect(counts('publish tags')).toBe(1);
    expect(new Set(spans.map(({ service }) => service))).toEqual(
      new Set(['midstate-poller', 'midstate-workflows', 'midstate-worker']),
    );
  });

  test('change nothing: the digests are in the tags', async () => {
    const { TagSet } = await stage.clients.s3.send(
      new GetObjectTaggingCommand({ Bucket: stage.bucket, Key: keys.large }),
    );

    expect(TagSet?.length).toBeGreaterThan(0);
  });
});
