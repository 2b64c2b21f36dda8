// Open files as `files` and `maps --files` list them.

import { descriptorFlags, flagNames } from '../../parsers/fs/file-flags.js';
import type { FileDescriptor } from '../../snapshot/files.js';
import { printable } from './units.js';

/** Links longer than this stand out to the right, rather than moving all the others. */
const WIDEST = 60;

/** `FD -> LINK`, then flags and offset, in columns. */
export function* descriptorLines(
  descriptors: readonly FileDescriptor[],
  more: (descriptor: FileDescriptor) => Iterable<string> = () => [],
): Generator<string> {
  const links = descriptors.map(link);
  const width = links.reduce((most, text) => Math.max(most, Math.min(WIDEST, text.length)), 0);
  for (const [i, each] of descriptors.entries()) {
    yield line(links[i] as string, each, width);
    yield* more(each);
  }
}

function link({ fd, file }: FileDescriptor): string {
  return `${String(fd).padStart(4)} -> ${printable(file.path)}`;
}

function line(text: string, descriptor: FileDescriptor, width: number): string {
  const flags = descriptorFlags(descriptor);
  return `${text.padEnd(width)}  0${flags.toString(8)} ${flagNames(flags)}  pos ${descriptor.file.offset}`;
}
