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
  const flags = flagsText(descriptorFlags(descriptor));
  return `${text.padEnd(width)}  ${flags}  pos ${descriptor.file.offset}`;
}

/** There are few, for thousands of descriptors. */
const texts = new Map<number, string>();

function flagsText(flags: number): string {
  let text = texts.get(flags);
  if (text === undefined) texts.set(flags, (text = `0${flags.toString(8)} ${flagNames(flags)}`));
  return text;
}
