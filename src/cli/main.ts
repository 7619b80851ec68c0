import { createProgram } from './create-program.js';
import { runProgram } from './run-program.js';

process.exitCode = await runProgram(await createProgram(process.argv.slice(2)), process.argv);
