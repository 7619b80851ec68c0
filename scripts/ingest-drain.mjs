// Drains a queue of many messages while the poller is killed again and again and the Temporal server restarted, on a
// stack of its own: node scripts/ingest-drain.mjs [--messages 20000] [--kills 12] [--restarts 2] [--bench]
// --bench measures instead how the poller compares with a bare client loop.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const { values } = parseArgs({
  options: {
    messages: { type: 'string', default: '20000' },
    kills: { type: 'string', default: '12' },
    restarts: { type: 'string', default: '2' },
    bench: { type: 'boolean', default: false },
  },
});
const folder = mkdtempSync(join(tmpdir(), 'midstate-drain-'));
const report = join(folder, 'figures.json');
const file = values.bench ? 'test/chaos/ingest-bench.ts' : 'test/chaos/ingest-drain.test.ts';
try {
  run(process.execPath, [join(root, 'scripts/run.mjs'), 'setup']);
  const vitest = [join(root, 'node_modules/vitest/vitest.mjs'), 'run', '--reporter=default', file];
  run(process.execPath, values.bench ? [...vitest, '--mode', 'bench'] : vitest);
  console.log(JSON.stringify(JSON.parse(readFileSync(report, 'utf8')), null, 2));
} finally {
  rmSync(folder, { recursive: true, force: true });
}

function run(command, args) {
  const { status } = spawnSync(command, args, {
    cwd: root,
    stdio: 'inherit',
    env: {
      ...process.env,
      MIDSTATE_DRAIN_MESSAGES: values.messages,
      MIDSTATE_DRAIN_KILLS: values.kills,
      MIDSTATE_DRAIN_RESTARTS: values.restarts,
      MIDSTATE_DRAIN_REPORT: report,
    },
  });
  if (status !== 0) process.exit(status ?? 1);
}
