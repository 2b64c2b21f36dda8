// The machine as a whole: what died and when, the kernel log, modules.

import type { Clock, LogRecord, Module, System } from '../../snapshot/system.js';
import type { Dump } from '../dump.js';
import { type DumpIdentity, dumpIdentity, ramOfFirmware } from '../system/identity.js';
import { readLog } from '../system/log/log.js';
import { readModules } from '../system/modules.js';
import { clockAtDeath, readSystem } from '../system/system.js';
import { perDump } from './per-dump.js';

/** The kernel log, oldest record first. */
export const logOf: (dump: Dump) => readonly LogRecord[] = perDump(({ kernel }) => readLog(kernel));

/** What died, why, when; CPUs and memory. */
export const systemOf: (dump: Dump) => System = perDump((dump) =>
  readSystem(dump.kernel, logOf(dump), clockOf(dump)),
);

/** The same but for the backtrace of the panic. */
export const systemWithoutStack: (dump: Dump) => System = perDump((dump) =>
  readSystem(dump.kernel, logOf(dump), clockOf(dump), false),
);

/** When it died. */
export const clockOf: (dump: Dump) => Clock = perDump((dump) => clockAtDeath(dump.kernel, logOf(dump)));

/** Loaded modules, in the kernel's order. */
export const modulesOf: (dump: Dump) => readonly Module[] = perDump(({ kernel }) => readModules(kernel));

/** Tells a dump from that of another machine or another death. */
export const identityOf: (dump: Dump) => DumpIdentity = perDump(({ kernel }) => dumpIdentity(kernel));

/** RAM, in order: as the firmware told the kernel, or else what the image holds. */
export function ramOf({ kernel, image }: Dump): readonly { start: number; end: number }[] {
  const told = ramOfFirmware(kernel);
  return told.length > 0 ? told : image.ranges.map(({ start, end }) => ({ start, end }));
}
