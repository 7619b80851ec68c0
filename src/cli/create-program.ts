import { Command } from 'commander';
import { addBridgeCommand } from './bridge-command.js';
import { addDemoCommand } from './demo-command.js';
import { addDevCommand } from './dev-command.js';
import { addDoctorCommand } from './doctor-command.js';
import { addHashCommand } from './hash-command.js';
import { addPollerCommand } from './poller-command.js';
import { addSetupCommand } from './setup-command.js';
import { addStatusCommand } from './status-command.js';
import { addSubmitCommand } from './submit-command.js';
import { addWorkerCommand } from './worker-command.js';
import { readVersion } from '../read-version.js';

/** The command line: one file a command. */
export function createProgram(): Command {
  const program = new Command('midstate')
    .description('Hash every object that lands in S3, durably, at any size, and be able to prove it.')
    .version(readVersion())
    .option('--verbose', 'show the stack and the causes of an error')
    .showHelpAfterError('(--help shows the usage)')
    .exitOverride()
    .addHelpText(
      'after',
      '\nExit codes: 0 fine, 1 failed, 2 wrong use, 3 a digest does not match.\n' +
        'Endpoints and credentials: the standard variables and files of AWS and Temporal.',
    );
  for (const add of [
    addDevCommand,
    addDemoCommand,
    addSetupCommand,
    addDoctorCommand,
    addWorkerCommand,
    addPollerCommand,
    addSubmitCommand,
    addStatusCommand,
    addHashCommand,
    addBridgeCommand,
  ]) {
    add(program);
  }
  for (const command of program.commands) {
    command.exitOverride().option('--verbose', 'show the stack and the causes of an error');
  }
  return program;
}
