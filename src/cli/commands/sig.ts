// `sig`: what a process does with each signal, what waits for it, and what its threads block.

import { signalsOf } from '../../parsers/parts/signals.js';
import { actionFlags, signalName } from '../../parsers/signals/signal-names.js';
import type { ProcessSignals, ThreadSignals } from '../../snapshot/signals.js';
import { pendingText, signalNames } from '../render/signal.js';
import type { Style } from '../render/style.js';
import { bytes, printable } from '../render/units.js';
import type { SectionRun } from '../section.js';
import { selectOrAll } from '../select.js';

export const sig: SectionRun = ({ dump, args }) => {
  const tasks = selectOrAll(dump, args, true, (task) => !task.kernelThread);
  const found = tasks.flatMap((task) => {
    const signals = signalsOf(dump, task);
    return signals === null ? [] : [{ comm: task.comm, ...signals }];
  });
  return {
    schema: 'sig',
    data: () => found,
    text: function* (style) {
      for (const [i, each] of found.entries()) {
        if (i > 0) yield '';
        yield* processLines(each, style);
      }
    },
  };
};

/** SA_RESTORER. */
const SA_RESTORER = 0x0400_0000;

type Row = (name: string, text: string) => string;

function* processLines(found: ProcessSignals & { comm: string }, style: Style): Generator<string> {
  const limit = found.queueLimit === null ? 'no limit' : `limit ${found.queueLimit}`;
  const queued = `${found.queued ?? '?'} queued for its user, ${limit}`;
  yield `${style.title(String(found.pid))} ${style.name(printable(found.comm))}  ${queued}`;
  const row: Row = (name, text) => `  ${style.dim(name.padEnd(11))} ${text}`;
  const ignored = signalNames(found.ignored);
  if (ignored !== '') yield row('ignored', ignored);
  for (const [does, signals] of handlers(found)) yield row('action', `${does}: ${signals.join(' ')}`);
  for (const each of found.pending.queue) yield row('pending', pendingText(each));
  for (const thread of found.threads) yield* threadLines(thread, found.threads.length > 1, row);
}

/** What is done, and for which signals; the C library sets a restorer for each, which says nothing. */
function handlers({ actions }: ProcessSignals): Map<string, string[]> {
  const found = new Map<string, string[]>();
  for (const { signal, handler, flags, mask } of actions) {
    if (handler === 'ignore') continue;
    const blocks = signalNames(mask);
    const does = handler === 'default' ? 'default' : `call ${handler}`;
    const parts = [does, actionFlags(flags & ~SA_RESTORER), blocks === '' ? '' : `blocks ${blocks}`];
    const text = parts.filter(Boolean).join(', ');
    found.set(text, [...(found.get(text) ?? []), signalName(signal)]);
  }
  return found;
}

/** Of a process of one thread, without a line of its own for the thread. */
function* threadLines(thread: ThreadSignals, named: boolean, row: Row): Generator<string> {
  const lines = [...detailLines(thread)];
  if (lines.length === 0) return;
  if (named) yield row(`thread ${thread.tid}`, printable(thread.comm));
  for (const [name, text] of lines) yield row(named ? `  ${name}` : name, text);
}

function* detailLines(thread: ThreadSignals): Generator<readonly [string, string]> {
  const { blocked, savedMask, realBlocked, pending, alternateStack: stack } = thread;
  const masked = signalNames(blocked);
  if (masked !== '') yield ['blocked', masked];
  if (savedMask !== null) yield ['mask after', signalNames(savedMask) || 'none'];
  if (realBlocked !== null) yield ['really', signalNames(realBlocked)];
  for (const each of pending.queue) yield ['to thread', pendingText(each)];
  if (stack !== null) yield ['stack', `${stack.base}, ${bytes(Number(stack.bytes))}`];
}
