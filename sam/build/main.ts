import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Command, Option } from 'commander';
import { runProgram } from '../../src/cli/run-program.js';
import { ARCHITECTURES, BUILD_FOLDER, type Architecture } from './build-targets.js';
import { runBuild } from './run-build.js';

/** Seen from dist/sam/build. */
const ROOT = fileURLToPath(new URL('../../../', import.meta.url));

const program = new Command('npm run sam:build --')
  .description('Builds the Lambda functions and their layer, each only when its inputs changed.')
  .addOption(
    new Option('--architecture <name>', 'the processor that the functions run on')
      .choices(Object.keys(ARCHITECTURES))
      .default('arm64'),
  )
  .option('--portable', 'go without the native hash functions: several times slower', false)
  .addHelpText('after', '\nExample:\n  npm run sam:build -- --architecture x86_64')
  .exitOverride()
  .action(async ({ architecture, portable }: { architecture: Architecture; portable: boolean }) => {
    const folder = join(ROOT, BUILD_FOLDER, architecture);
    const print = (line: string) => process.stdout.write(`${line}\n`);
    await runBuild({ root: ROOT, architecture, portable, folder, print });
    print(`template  ${BUILD_FOLDER}/${architecture}/template.yaml`);
  });

process.exitCode = await runProgram(program, process.argv);
