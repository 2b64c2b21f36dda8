// `ow guard`: watches a virtual machine, and has its processes resurrected when its kernel panics (docs/guard.md).
import { Command } from 'commander';
import { EXIT } from '../base/error.js';
import type { GuardFlags } from './guard/flags.js';
import { watchMachine } from './guard/watch.js';
import { runProgram } from './options.js';

const FOOTER = `
The machine needs its RAM in a shared file, a port named otherworld.0, and an armed kernel
(docs/install.md tells how; docs/guard.md what comes of it):
  -object memory-backend-file,id=ram,size=1G,mem-path=FILE,share=on -machine q35,memory-backend=ram
  -device virtio-serial-pci -chardev socket,id=ow,path=PATH,server=on,wait=off
  -device virtserialport,chardev=ow,name=otherworld.0

SIGINT, SIGTERM or SIGHUP ends it in order. A machine that ends ends it too.

Exit codes: 0 every process that was to go on does, or the machine ended without a panic; 2 usage; 3 the guest said what
cannot be understood; 4 no port, no RAM file; 7 not resurrected, or not all of those that were to go on.`;

export async function runGuard(argv: readonly string[]): Promise<number> {
  const program = new Command('ow');
  let code: number = EXIT.ok;
  program
    .command('guard')
    .description(
      'watch a virtual machine; when its kernel panics, plan on its live RAM and hand the plan over',
    )
    .requiredOption('--ram <file>', "the machine's RAM: QEMU's memory-backend-file, shared")
    .requiredOption('--socket <path>', 'the port otherworld.0: a unix socket that QEMU listens on')
    .option(
      '-s, --select <selector>',
      'whom to resurrect, as for ow plan build',
      (text: string, others: readonly string[] = []) => [...others, text],
    )
    .option(
      '-o, --output <dir>',
      'keep a record of each resurrection: DIR/1, DIR/2, …; with --once DIR itself',
    )
    .option('--once', 'end after one resurrection')
    .option('--connect <seconds>', 'how long the port may take to appear', '0')
    .option('--silence <seconds>', 'how long the guest may say nothing once it has begun', '120')
    .option('--no-digests', 'plan without digests of pages')
    .option('--json', 'a JSON object on a line for each stage, and for each resurrection')
    .addHelpText('after', FOOTER)
    .action(async (flags: GuardFlags) => {
      code = await watchMachine(flags);
    });
  const status = await runProgram(program, ['guard', ...argv]);
  return status === EXIT.ok ? code : status;
}
