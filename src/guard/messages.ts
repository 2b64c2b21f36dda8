// What the executor says on its port: lines, two of them followed by bytes (docs/guard.md). The guest may be damaged or
// hostile: whatever it sends is a message, an `unknown` one, or a typed error; never more than a bounded amount is kept.

import { InputError } from '../base/error.js';
import { textOfBytes } from '../base/text.js';

export type Message =
  | { readonly kind: 'hello'; readonly version: number; readonly release: string }
  /** Nanoseconds since the crash kernel booted, by its own clock. */
  | { readonly kind: 'stage'; readonly name: string; readonly nanoseconds: number }
  /** The plan was refused whole. */
  | { readonly kind: 'refused'; readonly reason: string }
  /** Nothing is resurrected: the guest starts as after a reboot. */
  | { readonly kind: 'none'; readonly reason: string }
  | { readonly kind: 'journal'; readonly bytes: Buffer }
  /** That the guest made itself. */
  | { readonly kind: 'plan'; readonly bytes: Buffer }
  | { readonly kind: 'say'; readonly text: string }
  | { readonly kind: 'done' }
  | { readonly kind: 'after'; readonly exitCode: number }
  | { readonly kind: 'unknown'; readonly line: string };

export const LINE_LIMIT = 1 << 16;
/** Of a journal, or a plan. */
export const BLOCK_LIMIT = 1 << 28;

const PARSERS: Readonly<Record<string, (rest: string) => Message | null>> = {
  hello: (rest) => {
    const [, version, release] = /^(\d+) (\S+)$/.exec(rest) ?? [];
    return release === undefined ? null : { kind: 'hello', version: Number(version), release };
  },
  stage: (rest) => {
    const [, name, time] = /^(\S+) (\d+)$/.exec(rest) ?? [];
    return name === undefined ? null : { kind: 'stage', name, nanoseconds: Number(time) };
  },
  refused: (reason) => ({ kind: 'refused', reason }),
  none: (reason) => ({ kind: 'none', reason }),
  say: (text) => ({ kind: 'say', text }),
  done: (rest) => (rest === '' ? { kind: 'done' } : null),
  after: (rest) => (/^-?\d+$/.test(rest) ? { kind: 'after', exitCode: Number(rest) } : null),
};

function parseLine(line: string): Message {
  const [, word = '', , rest = ''] = /^(\w+)( (.*))?$/.exec(line) ?? [];
  const parse = Object.hasOwn(PARSERS, word) ? PARSERS[word] : undefined;
  return parse?.(rest) ?? { kind: 'unknown', line };
}

/** Splits what comes in, in whatever pieces. */
export class MessageReader {
  private pieces: Buffer[] = [];
  private length = 0;
  /** What is to come in bytes; null between messages. */
  private wanted: { readonly kind: 'journal' | 'plan'; readonly bytes: number } | null = null;

  /** Throws InputError where this is no such conversation. */
  *feed(chunk: Buffer): Generator<Message> {
    this.pieces.push(chunk);
    this.length += chunk.length;
    // Nothing is joined before it can be whole.
    if (this.wanted !== null && this.length < this.wanted.bytes) return;
    let rest = Buffer.concat(this.pieces);
    for (;;) {
      const message = this.wanted === null ? this.line(rest) : this.block(rest, this.wanted);
      if (message === null) break;
      rest = rest.subarray(message.taken);
      if (message.message !== null) yield message.message;
    }
    this.pieces = rest.length > 0 ? [rest] : [];
    this.length = rest.length;
  }

  private line(rest: Buffer): { taken: number; message: Message | null } | null {
    const end = rest.indexOf(10);
    if (end > LINE_LIMIT || (end < 0 && rest.length > LINE_LIMIT))
      throw new InputError(`the guest sent a line of more than ${LINE_LIMIT} bytes`);
    if (end < 0) return null;
    const line = textOfBytes(rest.subarray(0, end)).replace(/\r$/, '');
    const [, kind, size] = /^(journal|plan) (\d+)$/.exec(line) ?? [];
    if (size === undefined) return { taken: end + 1, message: parseLine(line) };
    if (Number(size) > BLOCK_LIMIT) throw new InputError(`the guest announced a ${kind} of ${size} bytes`);
    this.wanted = { kind: kind === 'plan' ? 'plan' : 'journal', bytes: Number(size) };
    return { taken: end + 1, message: null };
  }

  private block(
    rest: Buffer,
    { kind, bytes }: { readonly kind: 'journal' | 'plan'; readonly bytes: number },
  ): { taken: number; message: Message } | null {
    if (rest.length < bytes) return null;
    this.wanted = null;
    return { taken: bytes, message: { kind, bytes: Buffer.from(rest.subarray(0, bytes)) } };
  }
}
