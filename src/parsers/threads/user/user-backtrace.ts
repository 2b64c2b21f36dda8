// The stack of calls that a thread had made in user mode, innermost first, with the names that its files give.

import { hex, type Kva } from '../../../base/address.js';
import type { UserBacktrace, UserFrame, UserRegisters } from '../../../snapshot/thread.js';
import type { Kernel } from '../../kernel/kernel.js';
import { perKernel } from '../../kernel/per-kernel.js';
import type { UserMemory } from '../../mm/user-memory.js';
import { CachedFile } from './cached-file.js';
import { ElfSymbols } from './elf-symbols.js';
import { type MappedElf, mappedElf } from './mapped-elf.js';
import { DWARF } from './registers.js';
import { addressOf, type Frame, UserUnwinder } from './unwind.js';

/** Files are the same for all that map them: by struct address_space, NULL for the vDSO. */
const files = perKernel(() => new Map<Kva, CachedFile>());
const symbols = perKernel(() => new Map<Kva, ElfSymbols>());

export function readUserBacktrace(
  kernel: Kernel,
  memory: UserMemory,
  registers: UserRegisters,
): UserBacktrace {
  const elves = new Map<number, MappedElf | undefined>();
  const elfAt = (address: number) => {
    const vma = memory.vmaAt(address);
    if (vma === undefined) return undefined;
    if (!elves.has(vma.start)) elves.set(vma.start, mappedElf(memory, vma, fileOf(kernel)));
    return elves.get(vma.start);
  };
  const { frames, complete } = new UserUnwinder(memory, elfAt).unwind(registers);
  const described = frames.map((frame, n) => {
    // What a handler returns to was never called: it begins at that address.
    const exact = frame.exact || frames[n + 1]?.by === 'signal frame';
    return describe(kernel, memory, { ...frame, exact }, elfAt);
  });
  return { frames: described, complete };
}

function fileOf(kernel: Kernel): (mapping: Kva) => CachedFile {
  const known = files(kernel);
  return (mapping) => {
    let found = known.get(mapping);
    if (found === undefined) known.set(mapping, (found = new CachedFile(kernel, mapping)));
    return found;
  };
}

function symbolsOf(kernel: Kernel, elf: MappedElf): ElfSymbols {
  const known = symbols(kernel);
  let found = known.get(elf.mapping);
  if (found === undefined) {
    found = kernel.faults.guard('symbols of a file', () => ElfSymbols.read(elf), ElfSymbols.none);
    known.set(elf.mapping, found);
  }
  return found;
}

function describe(
  kernel: Kernel,
  memory: UserMemory,
  { registers, by, exact }: Frame,
  elfAt: (address: number) => MappedElf | undefined,
): UserFrame {
  const ip = addressOf(registers[DWARF.ip]);
  const vma = memory.vmaAt(ip);
  // A call that does not return may be the last instruction of its function.
  const back = exact ? 0 : 1;
  const elf = elfAt(ip - back);
  const found = elf && symbolsOf(kernel, elf).find(ip - back - elf.bias);
  return {
    address: hex(registers[DWARF.ip] ?? 0n),
    sp: hex(registers[DWARF.sp] ?? 0n),
    symbol: found === undefined ? null : `${found.name}+0x${(found.offset + back).toString(16)}`,
    symbolGuess: found?.beyond ?? false,
    file: vma === undefined || vma.name === '' ? null : vma.name,
    fileOffset: vma === undefined || vma.file === null ? null : ip - vma.start + vma.offset,
    by,
    guess: by === 'scan' || by === 'frame pointer',
  };
}
