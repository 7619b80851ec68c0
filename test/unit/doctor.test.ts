import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { describeReport } from '../../src/cli/doctor-command.js';
import { loadConfig, SETTINGS } from '../../src/config.js';
import { ALGORITHMS } from '../../src/core/algorithms.js';
import type { DoctorReport } from '../../src/doctor/doctor-report.js';
import { inspectHost } from '../../src/doctor/inspect-host.js';
import { inspectServices } from '../../src/doctor/inspect-services.js';
import { measureHashes } from '../../src/doctor/measure-hashes.js';

const servers: Server[] = [];

beforeEach(() => {
  for (const { variable } of Object.values(SETTINGS)) vi.stubEnv(variable, undefined);
  for (const name of ['AWS_REGION', 'AWS_DEFAULT_REGION', 'AWS_PROFILE', 'TEMPORAL_ADDRESS']) {
    vi.stubEnv(name, undefined);
  }
  for (const name of ['AWS_CONFIG_FILE', 'AWS_SHARED_CREDENTIALS_FILE', 'TEMPORAL_CONFIG_FILE']) {
    vi.stubEnv(name, '/nowhere');
  }
  vi.stubEnv('AWS_ACCESS_KEY_ID', 'key');
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'secret');
  vi.stubEnv('AWS_ENDPOINT_URL', undefined);
});

afterEach(() => {
  vi.unstubAllEnvs();
  for (const server of servers.splice(0)) server.close();
});

/** An AWS that gives one answer to everything. */
async function awsThat(answer: RequestListener): Promise<string> {
  const server = createServer(answer);
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  vi.stubEnv('AWS_ENDPOINT_URL', url);
  return url;
}

const answers =
  (status: number, body: string): RequestListener =>
  (_, response) => {
    response.writeHead(status, { 'content-type': 'application/xml' }).end(body);
  };

async function finding(name: string): Promise<{ state: string; detail: string } | undefined> {
  return (await inspectServices(loadConfig())).find((found) => found.name === name);
}

describe('the doctor', () => {
  test('takes what is not configured for a note, and says how to configure it', async () => {
    const findings = await inspectServices(loadConfig());

    expect(findings.map(({ name, state }) => [name, state])).toEqual([
      ['temporal', 'note'],
      ['s3', 'note'],
      ['sqs', 'note'],
    ]);
    expect(findings[0]?.detail).toMatch(/TEMPORAL_ADDRESS/);
    expect(findings[1]?.detail).toMatch(/AWS_REGION/);
    expect(findings[2]?.detail).toMatch(/MIDSTATE_QUEUE_URL/);
  });

  test('counts the buckets of an S3 that answers', async () => {
    const bucket = '<Bucket><Name>a</Name></Bucket>';
    await awsThat(
      answers(200, `<ListAllMyBucketsResult><Buckets>${bucket}${bucket}</Buckets></ListAllMyBucketsResult>`),
    );

    expect(await finding('s3')).toMatchObject({
      state: 'ok',
      detail: expect.stringMatching(/2 buckets/) as string,
    });
  });

  test('does not mind credentials that may not list buckets', async () => {
    await awsThat(answers(403, '<Error><Code>AccessDenied</Code></Error>'));

    expect(await finding('s3')).toMatchObject({ state: 'ok' });
  });

  test('minds credentials that are wrong', async () => {
    await awsThat(answers(403, '<Error><Code>InvalidAccessKeyId</Code></Error>'));

    expect(await finding('s3')).toMatchObject({
      state: 'failed',
      detail: expect.stringMatching(/access denied: check/) as string,
    });
  });

  test('counts the messages of a queue that answers', async () => {
    const url = await awsThat((_, response) => {
      response
        .writeHead(200, { 'content-type': 'application/x-amz-json-1.0' })
        .end('{"Attributes":{"ApproximateNumberOfMessages":"7"}}');
    });
    vi.stubEnv('MIDSTATE_QUEUE_URL', `${url}/queue`);

    expect(await finding('sqs')).toMatchObject({
      state: 'ok',
      detail: expect.stringMatching(/7 messages/) as string,
    });
  });

  test('says how to make a queue that is not there', async () => {
    const url = await awsThat((_, response) => {
      response
        .writeHead(400, { 'content-type': 'application/x-amz-json-1.0' })
        .end('{"__type":"com.amazonaws.sqs#QueueDoesNotExist"}');
    });
    vi.stubEnv('MIDSTATE_QUEUE_URL', `${url}/queue`);

    expect(await finding('sqs')).toMatchObject({
      state: 'failed',
      detail: expect.stringMatching(/midstate setup/) as string,
    });
  });

  test('measures every algorithm on every implementation that has it', async () => {
    const speeds = await measureHashes(1 << 19);

    expect(speeds.map(({ algorithm }) => algorithm)).toEqual(ALGORITHMS);
    for (const { portable, native } of speeds) {
      expect(portable).toBeGreaterThan(0);
      if (native !== undefined) expect(native).toBeGreaterThan(0);
    }
    expect(speeds.filter(({ nodeCrypto }) => nodeCrypto !== undefined)).toHaveLength(4);
  });

  test('names Node, the processor and the memory', () => {
    expect(inspectHost()).toMatchObject([
      { name: 'node', detail: expect.stringContaining(process.versions.node) as string },
      { name: 'processor' },
      { name: 'memory', detail: expect.stringMatching(/\d .?B on the machine/) as string },
    ]);
  });

  test('prints a line a finding and a line an algorithm', () => {
    const report: DoctorReport = {
      ok: false,
      engine: 'portable',
      findings: [
        { name: 'engine', state: 'note', detail: 'portable; native: not built' },
        { name: 'temporal', state: 'failed', detail: 'it does not answer' },
      ],
      speeds: [
        { algorithm: 'sha1', portable: 500, nodeCrypto: 1900 },
        { algorithm: 'crc32', native: 50_000, portable: 2000 },
      ],
    };

    expect(describeReport(report)).toEqual([
      'note    engine     portable; native: not built',
      'failed  temporal   it does not answer',
      '',
      'MB/s a core      native  portable  node:crypto',
      'sha1                  -       500         1900',
      'crc32             50000      2000            -',
    ]);
  });
});
