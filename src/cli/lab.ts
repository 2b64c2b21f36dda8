// `ow lab …`: real guests.
import { Command } from 'commander';
import { EXIT } from '../base/error.js';
import { registerLab } from './commands/lab.js';
import { registerModule } from './commands/lab-module.js';
import { registerRun } from './commands/lab-run.js';
import { registerTrim } from './commands/lab-trim.js';
import { runProgram } from './options.js';

export async function runLab(argv: readonly string[]): Promise<number> {
  const program = new Command('ow');
  let code: number = EXIT.ok;
  const lab = registerLab(program);
  registerModule(lab);
  registerRun(lab, (ended) => {
    code = ended;
  });
  registerTrim(lab);
  const status = await runProgram(program, ['lab', ...argv]);
  return status === EXIT.ok ? code : status;
}
