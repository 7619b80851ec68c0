import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { parse, stringify } from 'yaml';

const path = (relative: string) => fileURLToPath(new URL(`../../${relative}`, import.meta.url));
const read = (relative: string) => readFileSync(path(relative), 'utf8');

interface Rule {
  readonly alert: string;
  readonly annotations: Readonly<Record<string, string>>;
}

const { groups } = parse(read('infra/prometheus/alerts.yml')) as { groups: { rules: Rule[] }[] };
const RULES = groups.flatMap(({ rules }) => rules);

const PROMTOOL = process.env['MIDSTATE_PROMTOOL'] ?? 'promtool';
const hasPromtool = spawnSync(PROMTOOL, ['--version']).status === 0;

describe('the alert rules', () => {
  test.for(RULES.map((rule) => [rule.alert, rule] as const))(
    '%s says what is wrong, and has its section in the runbook',
    ([, { alert, annotations }]) => {
      expect(annotations).toMatchObject({
        summary: expect.any(String) as string,
        description: expect.any(String) as string,
        runbook: `docs/runbook.md#${alert.toLowerCase()}`,
      });
      expect(read('docs/runbook.md')).toContain(`\n## ${alert}\n`);
    },
  );

  test('are all tried out by rules-test.yml', () => {
    const tried = read('infra/prometheus/rules-test.yml');

    expect(
      RULES.map(({ alert }) => alert).filter(
        (alert) => !tried.includes(`"${alert}"`) && !tried.includes(` ${alert}\n`),
      ),
    ).toEqual([]);
  });

  // Debian's package `prometheus` has promtool.
  test.skipIf(!hasPromtool)('are valid to Prometheus, and fire when they should (needs promtool)', () => {
    execFileSync(PROMTOOL, ['check', 'rules', path('infra/prometheus/alerts.yml')]);
    execFileSync(PROMTOOL, ['test', 'rules', path('infra/prometheus/rules-test.yml')]);
  });
});

/** Every `expr` in a tree of values. */
function expressionsOf(tree: unknown): string[] {
  if (typeof tree !== 'object' || tree === null) return [];
  return Object.entries(tree).flatMap(([name, value]) =>
    name === 'expr' && typeof value === 'string' ? [value] : expressionsOf(value),
  );
}

describe('the dashboard', () => {
  test.skipIf(!hasPromtool)('asks only what Prometheus understands (needs promtool)', () => {
    const expressions = expressionsOf(JSON.parse(read('infra/grafana/dashboard.json')));
    const filled = expressions.map((text) =>
      text.replaceAll('$__rate_interval', '5m').replaceAll('$memory_class', '.+'),
    );
    const rules = filled.map((expr, index) => ({ record: `panel:${String(index)}`, expr }));

    const folder = mkdtempSync(join(tmpdir(), 'midstate-dashboard-'));
    const file = join(folder, 'rules.yml');
    writeFileSync(file, stringify({ groups: [{ name: 'dashboard', rules }] }));
    const { status, stderr } = spawnSync(PROMTOOL, ['check', 'rules', file], { encoding: 'utf8' });
    rmSync(folder, { recursive: true });

    expect(expressions.length).toBeGreaterThan(20);
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  });
});
