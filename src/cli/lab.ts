// `ow lab …`: real guests.
import { Command } from 'commander';
import { registerLab } from './commands/lab.js';
import { registerModule } from './commands/lab-module.js';
import { registerRun } from './commands/lab-run.js';
import { registerTrim } from './commands/lab-trim.js';
import { runProgram } from './options.js';

export function runLab(argv: readonly string[]): Promise<number> {
  const program = new Command('ow');
  const lab = registerLab(program);
  registerModule(lab);
  registerRun(lab);
  registerTrim(lab);
  return runProgram(program, ['lab', ...argv]);
}
