import { readFileSync } from 'node:fs';
import type { Registry } from 'prom-client';
import { describe, expect, test } from 'vitest';
import { JOB_METRICS } from '../../src/core/job-metrics.js';
import { LOG_FACTS } from '../../src/core/log-facts.js';
import { createHashMetrics } from '../../src/observability/metrics/hash-metrics.js';
import { createPollerMetrics } from '../../src/observability/metrics/poller-metrics.js';
import { createPublishMetrics } from '../../src/observability/metrics/publish-metrics.js';
import { createRegistry } from '../../src/observability/metrics/registry.js';
import { formatTable } from '../setup/markdown-table.js';

const DOC = readFileSync(new URL('../../docs/observability.md', import.meta.url), 'utf8');

function section(name: string): string {
  const match = new RegExp(`<!-- ${name} -->\\n\\n([^]*?)\\n\\n<!-- /${name} -->`).exec(DOC);
  if (match?.[1] === undefined) throw new Error(`docs/observability.md has no section ${name}`);
  return match[1];
}

interface Described {
  readonly name: string;
  readonly type: string;
  readonly help: string;
  readonly labels: readonly string[];
  readonly by: string;
}

/** What one kind of process counts, as the code says. */
function described(by: string, fill: (registry: Registry) => unknown): Described[] {
  const registry = createRegistry({ role: 'worker' }, { version: '1' });
  const common = new Set(registry.getMetricsAsArray().map(({ name }) => name));
  fill(registry);
  return registry
    .getMetricsAsArray()
    .filter(({ name }) => !common.has(name))
    .map((metric) => {
      const { name, help, type, labelNames } = metric as unknown as Described & { labelNames: string[] };
      return { name, help, type: type, labels: labelNames.filter((label) => label !== 'le'), by };
    });
}

function metricsTable(): string {
  const metrics = [
    ...described('class worker', (registry) => createHashMetrics(registry, 256)),
    ...described('worker', createPublishMetrics),
    ...Object.values(JOB_METRICS).map(({ name, help, label }) => {
      return { name, help, type: 'counter', labels: [label], by: 'workflow worker' };
    }),
    ...described('poller', createPollerMetrics),
  ];
  return formatTable(
    ['metric', 'type', 'labels', 'kept by', 'meaning'],
    metrics.map(({ name, type, labels, by, help }) => [
      `\`${name}\``,
      type,
      labels.map((label) => `\`${label}\``).join(', '),
      by,
      help,
    ]),
  );
}

describe('docs/observability.md', () => {
  test('has the table of metrics that the code gives', () => {
    expect(section('metrics')).toBe(metricsTable());
  });

  test('has the table of log facts that the code gives', () => {
    const rows = Object.entries(LOG_FACTS).map(([name, meaning]) => [`\`${name}\``, meaning]);

    expect(section('log facts')).toBe(formatTable(['fact', 'meaning'], rows));
  });
});
