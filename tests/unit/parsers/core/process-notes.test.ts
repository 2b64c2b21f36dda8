// NT_PRPSINFO: names are cut to bytes, as the kernel cuts them, not to characters.
import { expect, test } from 'vitest';
import { psinfoNote } from '../../../../src/parsers/core/process-notes.js';
import type { ProcessDetail, Task } from '../../../../src/snapshot/task.js';

/** Header of the note, and `CORE` with its padding. */
const DESC = 20;

function names(comm: string, cmdline: readonly string[]): [name: string, args: string] {
  const task = { state: 'S', nice: 0, flags: 0, credentials: null, pid: 7, ppid: 1, pgid: 7, sid: 7, comm };
  const note = psinfoNote(task as unknown as Task, { cmdline } as unknown as ProcessDetail);
  const at = (start: number, bytes: number) => note.subarray(DESC + start, DESC + start + bytes);
  return [
    at(40, 16)
      .toString('hex')
      .replace(/(00)+$/, ''),
    at(56, 80)
      .toString('hex')
      .replace(/(00)+$/, ''),
  ];
}

test('bytes that are no UTF-8 are themselves', () => {
  expect(names('\udcff\udcfe', ['caf\udce9', 'é'])).toEqual(['fffe', '636166e920c3a9']);
});

test('what is too long is cut within a character', () => {
  expect(names('é'.repeat(8), ['🦊'.repeat(30)])).toEqual([
    `${'c3a9'.repeat(7)}c3`,
    'f09fa68a'.repeat(20).slice(0, 158),
  ]);
});
