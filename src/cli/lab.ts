// `ow lab …`: real guests.
import { Command, CommanderError } from 'commander';
import { EXIT } from '../base/error.js';
import { registerLab } from './commands/lab.js';
import { registerTrim } from './commands/lab-trim.js';
import { errorsAsOurs } from './options.js';

export async function runLab(argv: readonly string[]): Promise<number> {
  const program = new Command('ow').exitOverride();
  const lab = registerLab(program);
  registerTrim(lab);
  for (const command of [lab, ...lab.commands]) errorsAsOurs(command.exitOverride());
  try {
    await program.parseAsync(['lab', ...argv], { from: 'user' });
    return EXIT.ok;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.ok : EXIT.usage;
    throw error;
  }
}
