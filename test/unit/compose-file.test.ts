import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { MEMORY_CLASSES_MB } from '../../src/core/memory-classes.js';
import { SHUTDOWN_FORCE_SECONDS } from '../../src/worker/shutdown-time.js';

interface Service {
  readonly image: string;
  readonly build?: object;
  readonly command?: readonly string[] | string;
  readonly environment?: Readonly<Record<string, string>>;
  readonly depends_on?: readonly string[] | Readonly<Record<string, { readonly condition: string }>>;
  readonly healthcheck?: unknown;
  readonly logging?: unknown;
  readonly ports?: readonly string[];
  readonly volumes?: readonly string[];
  readonly restart?: string;
  readonly read_only?: boolean;
  readonly cap_drop?: readonly string[];
  readonly stop_grace_period?: string;
  readonly mem_limit?: string;
  readonly memswap_limit?: string;
  readonly cpus?: number;
}

const ROOT = new URL('../../', import.meta.url);
const text = readFileSync(new URL('docker-compose.yml', ROOT), 'utf8');
const compose = parse(text, { merge: true }) as {
  readonly services: Readonly<Record<string, Service>>;
  readonly volumes: Readonly<Record<string, unknown>>;
};
const services = Object.entries(compose.services);
const OUR_IMAGE = 'midstate:local';
const ours = services.filter(([, { image }]) => image === OUR_IMAGE);
/** They run to their end, and are run again at each start. */
const ONE_SHOT = ['temporal-schema', 'temporal-namespace', 'setup', 'demo'];
const PINNED = /:v?\d+\.\d+(\.\d+)?(-[\w.-]+)?$/;

describe('docker-compose.yml', () => {
  test('has one worker of each memory class, and no other', () => {
    const classes = services.flatMap(([name]) => /^worker-(\d+)$/.exec(name)?.[1] ?? []);

    expect(classes.map(Number)).toEqual([...MEMORY_CLASSES_MB]);
  });

  test.each(MEMORY_CLASSES_MB)('gives the %d MB worker its class’s memory and share of a CPU', (memoryMB) => {
    const worker = compose.services[`worker-${memoryMB}`]!;

    expect(worker.command).toEqual(['worker', '--memory-class', String(memoryMB)]);
    expect([worker.mem_limit, worker.memswap_limit]).toEqual([`${memoryMB}m`, `${memoryMB}m`]);
    expect(worker.cpus).toBe(Math.round((memoryMB / 1769) * 1_000) / 1_000);
  });

  test('tells the poller that the classes it runs are served', () => {
    expect(compose.services['poller']!.environment!['MIDSTATE_MEMORY_CLASSES']).toBe(
      MEMORY_CLASSES_MB.join(','),
    );
  });

  test.each(services)('pins the image of %s to a version', (_name, { image }) => {
    if (image !== OUR_IMAGE) expect(image).toMatch(PINNED);
  });

  test('builds our image once, in the service that all others of it wait for', () => {
    const building = services.filter(([, { build }]) => build !== undefined).map(([name]) => name);
    const waiting = ours.filter(([, { depends_on = {} }]) => 'setup' in depends_on || 'poller' in depends_on);

    expect(building).toEqual(['setup']);
    expect(waiting.map(([name]) => name)).toEqual(
      ours.map(([name]) => name).filter((name) => name !== 'setup'),
    );
  });

  test.each(ours)('runs %s without rights, and waits for its shutdown', (_name, service) => {
    expect(service.read_only).toBe(true);
    expect(service.cap_drop).toEqual(['ALL']);
    expect(Number(/^(\d+)s$/.exec(service.stop_grace_period!)?.[1])).toBeGreaterThan(SHUTDOWN_FORCE_SECONDS);
  });

  test.each(services)('publishes the ports of %s on loopback only', (_name, { ports = [] }) => {
    for (const port of ports) expect(port).toMatch(/^127\.0\.0\.1:\d+:\d+$/);
  });

  test.each(services)('bounds the log of %s', (_name, { logging }) => {
    expect(logging).toMatchObject({ options: { 'max-size': '10m' } });
  });

  test('checks the health of every service that stays, and restarts it', () => {
    const staying = services.filter(([name]) => !ONE_SHOT.includes(name));

    expect(staying.filter(([, { healthcheck }]) => healthcheck === undefined)).toEqual([]);
    expect(staying.filter(([, { restart }]) => restart !== 'unless-stopped')).toEqual([]);
  });

  test('waits for a service to be well, or to have ended well, as its kind is', () => {
    const waits = services.flatMap(([, { depends_on = {} }]) =>
      depends_on instanceof Array ? [] : Object.entries(depends_on),
    );

    for (const [name, { condition }] of waits) {
      expect(compose.services, name).toHaveProperty(name);
      if (ONE_SHOT.includes(name)) expect(condition).toBe('service_completed_successfully');
      else expect(condition).not.toBe('service_completed_successfully');
    }
  });

  test('mounts only what is there, read-only, and named volumes', () => {
    const mounts = services.flatMap(([, { volumes = [] }]) => volumes);

    for (const mount of mounts) {
      const [source = '', , mode] = mount.split(':');
      if (source.startsWith('./')) {
        expect(existsSync(new URL(source, ROOT)), source).toBe(true);
        expect(mode).toBe('ro');
      } else expect(compose.volumes).toHaveProperty(source);
    }
  });
});

describe('secrets of the stack', () => {
  const SECRET = /(PASSWORD|PWD|SECRET|ACCESS_KEY|API_KEY|TOKEN)/;

  test('are variables without a default in docker-compose.yml', () => {
    const values = services.flatMap(([, { environment = {} }]) =>
      Object.entries(environment).flatMap(([name, value]) => (SECRET.test(name) ? [value] : [])),
    );

    expect(values.length).toBeGreaterThan(5);
    for (const value of values) {
      expect(value).toMatch(/^\$\{MIDSTATE_\w+:\?run infra\/docker\/make-env once, it writes \.env\}$/);
    }
  });

  test('are all written by infra/docker/make-env, whose file git and the image never see', () => {
    const wanted = new Set([...text.matchAll(/\$\{(\w+):\?/g)].map(([, name]) => name));
    const script = readFileSync(new URL('infra/docker/make-env', ROOT), 'utf8');

    const written = [...script.matchAll(/^(MIDSTATE_\w+)=\$\(random \d+\)$/gm)].map(([, name]) => name);

    expect(written.sort()).toEqual([...wanted].sort());
    expect(readFileSync(new URL('.gitignore', ROOT), 'utf8').split('\n')).toContain('.env');
    expect(readFileSync(new URL('.dockerignore', ROOT), 'utf8').split('\n')).toContain('.env*');
  });
});

describe('the Dockerfile', () => {
  const dockerfile = readFileSync(new URL('infra/docker/Dockerfile', ROOT), 'utf8');

  test('pins its base, and ends as a user that is not root', () => {
    const base = /^ARG NODE_IMAGE=(.+)$/m.exec(dockerfile)?.[1];

    expect(base).toMatch(PINNED);
    expect([...dockerfile.matchAll(/^FROM (\S+)/gm)].map(([, image]) => image)).toEqual([
      '${NODE_IMAGE}',
      '${NODE_IMAGE}',
      'scratch',
    ]);
    expect(/^USER (\d+):\d+$/m.exec(dockerfile)?.[1]).toBe('1000');
  });

  test('copies only what is there', () => {
    const sources = [...dockerfile.matchAll(/^COPY (?!--from)(.+)$/gm)].flatMap(([, words]) =>
      words!.split(' ').slice(0, -1),
    );

    expect(sources.length).toBeGreaterThan(8);
    for (const source of sources) expect(existsSync(new URL(source, ROOT)), source).toBe(true);
  });
});

test('Prometheus asks every service that serves metrics', () => {
  const config = parse(readFileSync(new URL('infra/prometheus/prometheus.yml', ROOT), 'utf8')) as {
    scrape_configs: { dns_sd_configs?: { names: string[]; port: number }[] }[];
  };
  const asked = config.scrape_configs.flatMap(({ dns_sd_configs = [] }) => dns_sd_configs);

  const serving = ours.flatMap(([name]) => (ONE_SHOT.includes(name) ? [] : [name]));

  expect(asked.flatMap(({ names }) => names)).toEqual(serving);
  expect(asked.map(({ port }) => port)).toEqual([9464]);
});

test('Grafana’s provisioning is one data source, and the folder of the dashboards', () => {
  const folder = new URL('infra/grafana/provisioning/', ROOT);
  const read = (path: string): unknown => parse(readFileSync(new URL(path, folder), 'utf8'));

  expect(readdirSync(folder).sort()).toEqual(['dashboards', 'datasources']);
  expect(read('datasources/prometheus.yaml')).toMatchObject({
    apiVersion: 1,
    datasources: [{ type: 'prometheus', uid: 'prometheus', url: 'http://prometheus:9090' }],
  });
  expect(read('dashboards/midstate.yaml')).toMatchObject({
    apiVersion: 1,
    providers: [{ type: 'file', options: { path: '/midstate' } }],
  });
  expect(compose.services['grafana']!.volumes).toContain('./infra/grafana:/midstate:ro');
});
