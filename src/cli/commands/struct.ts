// `struct`: kernel types as C, or objects of them.

import type { Hex, Kva } from '../../base/address.js';
import { AbsentError, UsageError } from '../../base/error.js';
import type { Dump } from '../../parsers/dump.js';
import { describeType } from '../../parsers/types/describe.js';
import { readValue, valueLines } from '../../parsers/types/value.js';
import { typesWith } from '../../parsers/walks/module-types.js';
import type { Task } from '../../snapshot/task.js';
import { orAbsent, parseAddress } from '../address.js';
import type { SectionRun } from '../section.js';
import { oneTask } from '../select.js';

export const struct: SectionRun = ({ dump, args, options }) => {
  const [word = '', ...where] = args;
  const [type = '', ...paths] = typePaths(word);
  const addresses = where.map((each) => parseAddress(dump.kernel, each));
  if (typeof options['pid'] === 'string')
    addresses.push(ofProcess(dump, type, oneTask(dump, options['pid'])));
  return addresses.length === 0 ? described(dump, paths) : valued(dump, paths, addresses);
};

/** `task_struct.pid,comm` is the type, and the paths task_struct.pid and task_struct.comm. */
function typePaths(word: string): string[] {
  const [, type = word, members] = /^([^.]+)(?:\.(.+))?$/.exec(word) ?? [];
  return [type, ...(members === undefined ? [type] : members.split(',').map((name) => `${type}.${name}`))];
}

/** The type's own name, without members. */
function typeOf(path: string): string {
  return path.replace(/\..*$/, '');
}

function described(dump: Dump, paths: readonly string[]): ReturnType<SectionRun> {
  const found = paths.map((path) => {
    const one = describeType(typesWith(dump.kernel, typeOf(path)), path);
    if (one === undefined) throw noType(path);
    return one;
  });
  return {
    schema: 'struct',
    data: () => found.map(({ data }) => data),
    text: function* () {
      for (const [i, { data, lines }] of found.entries()) {
        const path = paths[i] as string;
        if (path.includes('.'))
          yield `/* ${path} at offset ${data.offset} (0x${data.offset.toString(16)}) */`;
        yield* lines;
      }
    },
  };
}

function valued(dump: Dump, paths: readonly string[], addresses: readonly Kva[]): ReturnType<SectionRun> {
  const { kernel } = dump;
  const { mem } = kernel;
  const found = addresses.flatMap((address) =>
    paths.map((type) => {
      const types = typesWith(kernel, typeOf(type));
      const value = orAbsent(() => readValue(types, mem, type, address));
      if (value === undefined) throw noType(type);
      return { type, address: mem.hex(address), value };
    }),
  );
  return {
    schema: 'struct-value',
    data: () => found,
    text: function* () {
      for (const [i, { type, address, value }] of found.entries()) {
        if (addresses.length > 1 && i % paths.length === 0) yield `${i > 0 ? '\n' : ''}${address}`;
        yield* valueLines(type, value);
      }
    },
  };
}

function noType(path: string): AbsentError {
  return new AbsentError(`this kernel has no type ${path}`);
}

/** The object of a process, for the types of which it has one. */
const OBJECTS: Record<string, (task: Task) => Hex | null> = {
  task_struct: (task) => task.address,
  mm_struct: (task) => task.mm,
  files_struct: (task) => task.filesTable,
  fs_struct: (task) => task.fsStruct,
  signal_struct: (task) => task.signalStruct,
  cred: (task) => task.credentials?.address ?? null,
};

function ofProcess(dump: Dump, type: string, task: Task): Kva {
  const object = OBJECTS[type.replace(/^struct +/, '')];
  if (object === undefined) {
    throw new UsageError(
      `a process has no ${type} of its own`,
      `With --pid: ${Object.keys(OBJECTS).join(', ')}`,
    );
  }
  const address = object(task);
  if (address === null) throw new AbsentError(`${task.tid} (${task.comm}) has no ${type}`);
  return parseAddress(dump.kernel, address);
}
