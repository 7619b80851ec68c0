import { Command } from 'commander';
import { readVersion } from './read-version.js';

type AddCommand = (program: Command) => void;

/**
 * The commands, in the order that the help shows them. Each is loaded only when it is called, so that a poller does not
 * carry a worker's memory.
 */
const COMMANDS: Readonly<Record<string, () => Promise<AddCommand>>> = {
  dev: async () => (await import('./dev-command.js')).addDevCommand,
  demo: async () => (await import('./demo-command.js')).addDemoCommand,
  setup: async () => (await import('./setup-command.js')).addSetupCommand,
  doctor: async () => (await import('./doctor-command.js')).addDoctorCommand,
  worker: async () => (await import('./worker-command.js')).addWorkerCommand,
  poller: async () => (await import('./poller-command.js')).addPollerCommand,
  dlq: async () => (await import('./dlq-command.js')).addDlqCommand,
  submit: async () => (await import('./submit-command.js')).addSubmitCommand,
  status: async () => (await import('./status-command.js')).addStatusCommand,
  hash: async () => (await import('./hash-command.js')).addHashCommand,
  bridge: async () => (await import('./bridge-command.js')).addBridgeCommand,
};

/**
 * The command line: one file a command.
 * @param argv as Node gives it: of the commands only the one named is loaded; without one, all
 */
export async function createProgram(argv: readonly string[] = []): Promise<Command> {
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
  const named = argv.slice(2).find((argument) => !argument.startsWith('-')) ?? '';
  const only = Object.hasOwn(COMMANDS, named) ? COMMANDS[named] : undefined;
  for (const load of only === undefined ? Object.values(COMMANDS) : [only]) (await load())(program);
  for (const command of program.commands) {
    command.exitOverride().option('--verbose', 'show the stack and the causes of an error');
  }
  return program;
}
