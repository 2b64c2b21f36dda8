// The program's arguments, byte for byte: a process or a path may be named whose name is no UTF-8.
import { readFileSync } from 'node:fs';
import { REPLACED, textOfBytes } from '../base/text.js';

/** Without the program's own name. Bytes that are no UTF-8 stand as in names that were read (base/text.ts). */
export function commandArguments(): readonly string[] {
  const given = process.argv.slice(2);
  if (!given.some((each) => each.includes(REPLACED))) return given;
  // Node.js takes its own arguments from the front only.
  const exact = textOfBytes(commandLine()).split('\0').slice(0, -1).slice(-given.length);
  return exact.length === given.length ? exact : given;
}

function commandLine(): Uint8Array {
  try {
    return readFileSync('/proc/self/cmdline');
  } catch {
    return new Uint8Array(0); // no Linux
  }
}
