// `ow lab module`: otherworld.ko for a guest's kernel.

import type { Command } from 'commander';
import { buildGuest } from '../../lab/build.js';
import { buildModule } from '../../lab/module.js';
import { type BuildFlags, guestOptions, withGuestOptions } from './lab.js';

interface ModuleFlags extends BuildFlags {
  readonly check?: boolean;
}

async function module(flags: ModuleFlags): Promise<void> {
  const options = guestOptions(flags);
  const guest = await buildGuest(options);
  for (const name of flags.check ? (['otherworld', 'crasher'] as const) : (['otherworld'] as const)) {
    const { file } = await buildModule(guest, { ...options, name, check: flags.check ?? false });
    process.stdout.write(`${file}\n`);
  }
}

export function registerModule(lab: Command): void {
  withGuestOptions(lab.command('module'))
    .description("compile otherworld.ko for exactly the guest's kernel; prints its path")
    .option('--check', 'from scratch, and the test module, with W=1 and sparse; any warning is an error')
    .action((flags: ModuleFlags) => module(flags));
}
