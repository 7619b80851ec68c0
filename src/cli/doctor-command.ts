import type { Command } from 'commander';
import { loadConfig } from '../config.js';
import type { DoctorReport, HashSpeed } from '../doctor/doctor-report.js';
import { runDoctor } from '../doctor/run-doctor.js';
import { EXIT } from './exit-codes.js';
import { printJson, printLine } from './output.js';

export function addDoctorCommand(program: Command): void {
  program
    .command('doctor')
    .description('say which hash engine runs here and how fast, and whether the services answer')
    .option('--json', 'print the report as JSON')
    .addHelpText('after', '\nExample:\n  midstate doctor\n\nExit code 1 when something does not work.')
    .action(async (options: { readonly json?: boolean }) => {
      const report = await runDoctor(loadConfig());
      if (options.json === true) printJson(report);
      else for (const line of describeReport(report)) printLine(line);
      process.exitCode = report.ok ? EXIT.fine : EXIT.failed;
    });
}

/** The report as people read it. */
export function describeReport({ findings, speeds }: DoctorReport): string[] {
  const lines = findings.map(({ state, name, detail }) => `${state.padEnd(8)}${name.padEnd(11)}${detail}`);
  return [...lines, '', 'MB/s a core      native  portable  node:crypto', ...speeds.map(describeSpeed)];
}

function describeSpeed({ algorithm, native, portable, nodeCrypto }: HashSpeed): string {
  const cell = (speed: number | undefined, width: number): string =>
    (speed === undefined ? '-' : String(speed)).padStart(width);
  return `${algorithm.padEnd(15)}${cell(native, 8)}${cell(portable, 10)}${cell(nodeCrypto, 13)}`;
}
