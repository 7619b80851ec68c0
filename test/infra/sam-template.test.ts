import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, expect, test } from 'vitest';
import { locateSamTool } from '../setup/sam-tools.js';

const TEMPLATE = fileURLToPath(new URL('../../infra/sam/template.yaml', import.meta.url));
const [sam, cfnLint] = [locateSamTool('sam'), locateSamTool('cfn-lint')];
const home = mkdtempSync(join(tmpdir(), 'midstate-sam-home-'));
afterAll(() => {
  rmSync(home, { recursive: true, force: true });
});

function run(command: string, args: readonly string[]) {
  return spawnSync(command, args, {
    encoding: 'utf8',
    env: {
      PATH: process.env['PATH'],
      HOME: home,
      SAM_CLI_TELEMETRY: '0',
      AWS_DEFAULT_REGION: 'eu-west-1',
      AWS_EC2_METADATA_DISABLED: 'true',
    },
  });
}

test.skipIf(cfnLint === undefined)('cfn-lint finds nothing in the template', () => {
  const { status, stdout, stderr } = run(cfnLint!, [TEMPLATE]);

  expect(stdout + stderr).toBe('');
  expect(status).toBe(0);
});

test.skipIf(sam === undefined)('sam validate --lint takes the template', () => {
  const { status, stdout, stderr } = run(sam!, ['validate', '--lint', '--template', TEMPLATE]);

  expect(stdout, stderr).toContain('is a valid SAM Template');
  expect(status).toBe(0);
});
