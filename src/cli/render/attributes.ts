// What a task has beside memory and files, as lines of its page: a name and a text each. What is as exec or the
// kernel's defaults leave it is not said.
import { listText } from '../../parsers/signals/bitmap.js';
import { limitUnit } from '../../parsers/signals/limits.js';
import { signalName } from '../../parsers/signals/signal-names.js';
import type { TaskAttributes } from '../../snapshot/attributes.js';
import type { Confinement, Seccomp } from '../../snapshot/confinement.js';
import type { SecurityLabel } from '../../snapshot/labels.js';
import type { Limit } from '../../snapshot/limits.js';
import type { Wide } from '../../snapshot/number.js';
import type { Scheduling } from '../../snapshot/scheduling.js';
import type { ProcessSignals } from '../../snapshot/signals.js';
import type { ProcessTimers } from '../../snapshot/timers.js';
import { pendingText, signalNames } from './signal.js';
import { intervalTimerText, nanoseconds, posixTimerText } from './timer.js';
import { bytes, plural, printable } from './units.js';

export type Line = readonly [name: string, text: string];

const DEFAULT_SLACK = 50_000;
/** MMF_DUMP_FILTER_DEFAULT. */
const DEFAULT_COREDUMP = 0x33;
const IO_CLASSES = ['none', 'real time', 'best effort', 'idle'] as const;
const UNSET = 0xffff_ffff;

/** `NORMAL nice 0, CPUs 0-1`. */
export function schedulingText(found: Scheduling): string {
  const { policy, nice, rtPriority, deadline, cpusAllowed, autogroup, ioPriority, timerSlack } = found;
  const rank = rtPriority > 0 ? `priority ${rtPriority}` : `nice ${nice}`;
  return [
    `${policy} ${rank}`,
    deadline === null ? '' : `${nanoseconds(deadline.runtime)} every ${nanoseconds(deadline.period)}`,
    found.resetOnFork ? 'reset on fork' : '',
    `CPUs ${listText(cpusAllowed)}`,
    autogroup === null
      ? ''
      : `autogroup ${autogroup.id}${autogroup.nice === 0 ? '' : ` nice ${autogroup.nice}`}`,
    ioPriority === 0 ? '' : `I/O ${IO_CLASSES[ioPriority >> 13] ?? '?'} ${ioPriority & 7}`,
    timerSlack === DEFAULT_SLACK || rtPriority > 0 ? '' : `timer slack ${nanoseconds(timerSlack)}`,
    `${found.voluntarySwitches} + ${found.involuntarySwitches} switches`,
  ]
    .filter(Boolean)
    .join(', ');
}

/** Where it is, against where the first process is. */
export function* placeLines(own: TaskAttributes, first: TaskAttributes | null): Generator<Line> {
  const groups = own.cgroups.map(({ hierarchy, controllers, path }) =>
    hierarchy === 0 ? printable(path) : `${printable(controllers.join(','))}:${printable(path)}`,
  );
  if (groups.length > 0) yield ['cgroup', groups.join('  ')];
  const usual = new Map(first?.namespaces.links.map(({ name, inode }) => [name, inode]));
  const others = own.namespaces.links.filter(({ name, inode }) => usual.get(name) !== inode);
  if (others.length > 0) yield ['ns', others.map(({ name, inode }) => `${name}:[${inode}]`).join(' ')];
}

export function* confinementLines({ confinement, limits }: TaskAttributes): Generator<Line> {
  const set = limits.filter((each) => !isUsual(each));
  if (set.length > 0) yield ['limits', set.map(limitText).join(', ')];
  yield ['rights', [...privileges(confinement)].join(', ')];
  const { io } = confinement;
  if (io === null) return;
  yield [
    'io',
    `read ${amount(io.rchar)} in ${plural(Number(io.syscr), 'call')} (${amount(io.readBytes)} from disk), wrote ${amount(io.wchar)} in ${plural(Number(io.syscw), 'call')} (${amount(io.writeBytes)} to disk)`,
  ];
}

function* privileges(own: Confinement): Generator<string> {
  if (own.umask !== null) yield `umask 0${own.umask.toString(8).padStart(3, '0')}`;
  if (own.noNewPrivs) yield 'no new privileges';
  if (own.seccomp.mode !== 0) yield seccompText(own.seccomp);
  yield* labelTexts(own.labels);
  if (own.dumpable !== null && own.dumpable !== 1)
    yield own.dumpable === 0 ? 'not dumpable' : 'dumpable by root';
  if (own.coredumpFilter !== null && own.coredumpFilter !== DEFAULT_COREDUMP)
    yield `coredump filter 0x${own.coredumpFilter.toString(16)}`;
  if (own.personality !== 0) yield `personality 0x${own.personality.toString(16)}`;
  if (own.oomScoreAdj !== 0) yield `OOM score ${own.oomScoreAdj > 0 ? '+' : ''}${own.oomScoreAdj}`;
  if (own.loginUid !== null && own.loginUid !== UNSET)
    yield `login uid ${own.loginUid}, session ${own.sessionId}`;
  if (own.parentDeathSignal !== 0) yield `${signalName(own.parentDeathSignal)} when its parent ends`;
  if (own.childSubreaper) yield 'adopts orphans';
  const { speculationStoreBypass: bypass, speculationIndirectBranch: branch } = own;
  if (bypass?.startsWith('thread ')) yield `store bypass ${bypass}`;
  if (branch?.startsWith('conditional ')) yield `indirect branches ${branch}`;
}

function seccompText({ mode, filters }: Seccomp): string {
  if (mode !== 2) return mode === 1 ? 'seccomp strict' : `seccomp mode ${mode}`;
  const lengths = filters.map(({ instructions, translated }) => instructions ?? translated);
  return `seccomp with ${plural(filters.length, 'filter')} of ${lengths.join(', ')} instructions`;
}

/** What is unconfined is not said. */
function* labelTexts(labels: readonly SecurityLabel[] | null): Generator<string> {
  if (labels === null) yield 'security labels unknown';
  for (const { module, label, state, onExec, previous } of labels ?? []) {
    const name = label === null ? '' : ` ${printable(label)}`;
    if (state === 'confined') yield `confined by ${module}${name}`;
    if (state === 'named') yield `${module} label${name}`;
    if (state === 'unknown') yield `${module} label unknown`;
    if (onExec !== null) yield `${module} label ${printable(onExec)} at the next exec`;
    if (previous !== null) yield `out of ${module} label ${printable(previous)}`;
  }
}

/** Without limit; and priorities that are not to be had without a privilege. */
function isUsual({ resource, soft, hard }: Limit): boolean {
  if (resource === 'NICE' || resource === 'RTPRIO') return soft === 0 && hard === 0;
  return soft === null && hard === null;
}

/** Soft, and hard where it is another. */
function limitText({ resource, soft, hard }: Limit): string {
  const value = (limit: Wide | null) => {
    if (limit === null) return 'unlimited';
    return limitUnit(resource) === 'bytes' ? amount(limit) : String(limit);
  };
  return `${resource} ${value(soft)}${soft === hard ? '' : `/${value(hard)}`}`;
}

function amount(count: Wide): string {
  return bytes(Number(count));
}

export function* signalLines(found: ProcessSignals): Generator<Line> {
  const ignored = signalNames(found.ignored);
  const caught = signalNames(found.caught);
  if (ignored !== '') yield ['ignores', ignored];
  if (caught !== '') yield ['catches', caught];
  for (const [names, tids] of blockedBy(found)) {
    const all = tids.length === found.threads.length;
    yield [
      'blocks',
      all ? names : `${names} (in ${tids.length === 1 ? 'thread' : 'threads'} ${tids.join(' ')})`,
    ];
  }
  for (const { tid, pending } of found.threads) {
    for (const each of pending.queue) yield ['pending', `${pendingText(each)}, to thread ${tid}`];
  }
  for (const each of found.pending.queue) yield ['pending', pendingText(each)];
}

/** Which signals, and the threads that block just these. */
function blockedBy({ threads }: ProcessSignals): Map<string, number[]> {
  const found = new Map<string, number[]>();
  for (const { tid, blocked } of threads) {
    const names = signalNames(blocked);
    if (names !== '') found.set(names, [...(found.get(names) ?? []), tid]);
  }
  return found;
}

export function* timerLines(found: ProcessTimers): Generator<Line> {
  for (const each of found.interval) yield ['timer', `${each.which} ${intervalTimerText(each)}`];
  for (const each of found.posix) yield ['timer', `${each.id} ${posixTimerText(each)}`];
}
