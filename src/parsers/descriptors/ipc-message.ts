// One message of a System V or POSIX queue: struct msg_msg, its text behind it and in further pages. Mirrors ipc/msgutil.c.

import { type Kva, NULL } from '../../base/address.js';
import { contents } from '../../snapshot/bytes.js';
import type { IpcMessage } from '../../snapshot/ipc.js';
import { wide } from '../../snapshot/number.js';
import type { Kernel } from '../kernel/kernel.js';
import { forEachListEntry } from '../walks/list.js';

const MESSAGE = { list: 'm_list', type: 'm_type', bytes: 'm_ts', next: 'next' } as const;
const PAGE = 4096;
/** struct msg_msgseg: a pointer to the next one, then text. */
const SEGMENT_HEAD = 8;
/** INT_MAX is what msgmax may be set to; no queue of ours is worth more than this. */
const MAX_BYTES = 16 << 20;
const MAX_MESSAGES = 1 << 20;

/** Every message on a list; `type` overrides its own one (POSIX keeps the priority in the tree). */
export function readMessages(kernel: Kernel, head: Kva, type?: number): IpcMessage[] {
  const { list } = kernel.layout('msg_msg', MESSAGE);
  const found: IpcMessage[] = [];
  const take = (message: Kva) => void found.push(readMessage(kernel, message, type));
  forEachListEntry(kernel, head, list, take, MAX_MESSAGES);
  return found;
}

function readMessage(kernel: Kernel, message: Kva, type?: number): IpcMessage {
  const { mem, faults } = kernel;
  const at = kernel.layout('msg_msg', MESSAGE);
  const bytes = mem.nat(message, at.bytes);
  if (bytes > MAX_BYTES) throw mem.fault('corrupt', `a message of ${bytes} bytes`, message, at.bytes);
  const text = new Uint8Array(bytes);
  const head = kernel.sizeOf('msg_msg');
  const done = faults.guard('message', () => readText(kernel, message, head, text, at.next), 0);
  return {
    type: type ?? wide(mem.i64(message, at.type)),
    contents: contents(text.subarray(0, done), bytes),
  };
}

/** Copies the text of the message and its segments; the number of bytes that there were. */
function readText(kernel: Kernel, message: Kva, head: number, into: Uint8Array, next: number): number {
  const { mem } = kernel;
  let [part, skip, link] = [message, head, next];
  let done = 0;
  while (done < into.length) {
    if (part === NULL) throw mem.fault('corrupt', 'a message ends before its length', message);
    const count = Math.min(into.length - done, PAGE - skip);
    into.set(mem.bytes(part, count, skip), done);
    done += count;
    if (done < into.length) part = mem.ptr(part, link);
    [skip, link] = [SEGMENT_HEAD, 0];
  }
  return done;
}
