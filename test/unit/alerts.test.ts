import { execFileSync, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';

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
