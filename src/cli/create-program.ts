import { Command } from 'commander';
import { readVersion } from '../read-version.js';

type AddCommand = (program: Command) => void;

/**
 * The commands, one file each, in the order of the help. A file is loaded when its command is named, or when all are
 * to be listed: each brings libraries along that the others do not need, and loading all takes over a second of CPU.
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
  failed: async () => (await import('./failed-command.js')).addFailedCommand,
  replay: async () => (await import('./replay-command.js')).addReplayCommand,
  pause: async () => (await import('./operate-commands.js')).addPauseCommand,
  resume: async () => (await import('./operate-commands.js')).addResumeCommand,
  cancel: async () => (await import('./operate-commands.js')).addCancelCommand,
  escalate: async () => (await import('./operate-commands.js')).addEscalateCommand,
  reset: async () => (await import('./operate-commands.js')).addResetCommand,
  backfill: async () => (await import('./backfill-command.js')).addBackfillCommand,
  reconcile: async () => (await import('./reconcile-command.js')).addReconcileCommand,
  status: async () => (await import('./status-command.js')).addStatusCommand,
  hash: async () => (await import('./hash-command.js')).addHashCommand,
  codec: async () => (await import('./codec-command.js')).addCodecCommand,
  tune: async () => (await import('./tune-command.js')).addTuneCommand,
  plan: async () => (await import('./plan-command.js')).addPlanCommand,
  bridge: async () => (await import('./bridge-command.js')).addBridgeCommand,
};

/**
 * The command line, with the command that `words` name; with all of them where none is named.
 * @param words the arguments after the program's name
 */
export async function createProgram(words: readonly string[]): Promise<Command> {
  const program = new Command('midstate')
    .description('Hash every object that lands in S3, durably, at any size, and be able to prove it.')
    .version(readVersion())
    .option('--verbose', 'show the stack and the causes of an error')
    .showHelpAfterError('(--help shows the usage)')
    .configureOutput({
      outputError: (text, write) => {
        write(text.replace(/^error: /, 'midstate: '));
      },
    })
    .exitOverride()
    .addHelpText(
      'after',
      '\nExit codes: 0 fine, 1 failed, 2 wrong use, 3 a digest does not match.\n' +
        'Endpoints and credentials: the standard variables and files of AWS and Temporal.',
    );
  for (const load of commandsFor(words)) (await load())(program);
  for (const command of program.commands) {
    command.exitOverride().option('--verbose', 'show the stack and the causes of an error');
  }
  return program;
}

function commandsFor(words: readonly string[]): readonly (() => Promise<AddCommand>)[] {
  if (words[0] === '--version' || words[0] === '-V') return [];
  const name = words.find((word) => !word.startsWith('-')) ?? '';
  const named = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
  return named === undefined ? Object.values(COMMANDS) : [named];
}
