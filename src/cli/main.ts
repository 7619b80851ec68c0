import { createProgram } from './create-program.js';
import { EXIT } from './exit-codes.js';
import { runProgram } from './run-program.js';

/** What a command that failed leaves behind, such as a connection that was given up, holds its end no longer than this. */
const LEFTOVERS_MS = 300;

process.exitCode = await runProgram(await createProgram(process.argv.slice(2)), process.argv);
if (process.exitCode !== EXIT.fine) setTimeout(() => process.exit(), LEFTOVERS_MS).unref();
