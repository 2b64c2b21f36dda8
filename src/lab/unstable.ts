// What differed between the recorder's two passes, as finely as the file's format allows.

import type { Pass } from './stream.js';

/** Recorded for use, not as facts that could be stable. */
const IGNORED = /^(clock\/|recorder$|frames$|p\/\d+\/pages$|roll\/)/;

/** A record's key to the path of keys in truth.json that leads to it. */
export function truthPath(key: string): string {
  const task = /^p\/(\d+)\/(?:t\/(\d+)\/)?(\w+)\/(.*)$/.exec(key);
  if (task) {
    const [, pid, tid, kind = '', name = ''] = task;
    const owner = `processes ${pid}${tid === undefined ? '' : ` threads ${tid}`}`;
    if (kind === 'fdinfo') return `${owner} fd ${name} info`;
    if (kind === 'fdstat') return `${owner} fd ${name} stat`;
    return `${owner} ${kind} ${name}`;
  }
  const slash = key.indexOf('/');
  if (slash < 0) return key;
  const names: Record<string, string> = {
    s: 'system',
    tty: 'terminals',
    cached: 'cachedFiles',
    shared: 'shared',
  };
  const head = key.slice(0, slash);
  const rest = head === 's' || head === 'cached' ? key.slice(slash) : key.slice(slash + 1);
  return `${names[head] ?? head} ${rest}`;
}

/** `stat` has numbered fields (proc(5) counts from 1); the comm in parentheses may hold blanks. */
function statFields(text: string): string[] {
  const close = text.lastIndexOf(')');
  const open = text.indexOf('(');
  return [text.slice(0, open).trim(), text.slice(open, close + 1), ...text.slice(close + 2).split(/\s+/)];
}

/** Files whose lines begin with a name: of a counter, a cache, an interrupt. */
const FIRST_WORD = /^s\/proc\/(vmstat|slabinfo|interrupts)$/;

function linesByFirstWord(text: string): Map<string, string> {
  const lines = text.split('\n').filter((one) => one.trim());
  return new Map(lines.map((line) => [/^\s*([^\s:]+)/.exec(line)?.[1] ?? '', line]));
}

/** Files made of `Name: value` lines. */
const NAMED = /\/files\/(status|sched|io|limits)$|\/fdinfo\/|^s\/proc\/(meminfo|cpuinfo|driver\/rtc)$/;

/** Lines by name; a line without a colon, or whose name came before, is a name itself. */
function namedLines(text: string): Map<string, string> {
  const lines = new Map<string, string>();
  for (const line of text.split('\n').filter((one) => one.trim())) {
    const [, name, value] = /^([^\s:][^:]*?)\s*:\s*(.*)$/.exec(line) ?? [];
    if (name && !lines.has(name)) lines.set(name, value ?? '');
    else lines.set(line, '');
  }
  return lines;
}

function differingNames(a: Map<string, string>, b: Map<string, string>): string[] {
  return [...new Set([...a.keys(), ...b.keys()])].filter((name) => a.get(name) !== b.get(name));
}

/** Names of the lines that differ in smaps: of any VMA. None where the VMAs themselves do. */
function smapsNames(before: string, after: string): string[] {
  const [a, b] = [before.split('\n'), after.split('\n')];
  if (a.length !== b.length) return [];
  const names = new Set<string>();
  for (const [i, line] of b.entries()) {
    if (line === a[i]) continue;
    const name = /^([A-Z]\w+):/.exec(line)?.[1];
    if (!name) return [];
    names.add(name);
  }
  return [...names];
}

/** Socket tables have a line for each socket: the columns (by whitespace, from 1) that differ in any. */
function tableColumns(before: string, after: string): string[] {
  const rows = (text: string) => text.split('\n').map((line) => line.trim().split(/\s+/));
  const [a, b] = [rows(before), rows(after)];
  if (a.length !== b.length || b.some((row, i) => row.length !== a[i]?.length)) return [];
  const columns = new Set<number>();
  for (const [i, row] of b.entries()) {
    for (const [j, cell] of row.entries()) if (cell !== a[i]?.[j]) columns.add(j + 1);
  }
  return [...columns].sort((x, y) => x - y).map(String);
}

/** The parts of a record that differ; empty where only the whole can be said to. */
export function differingParts(key: string, before: string, after: string): string[] {
  if (/\/files\/stat$/.test(key)) {
    const [a, b] = [statFields(before), statFields(after)];
    return b.flatMap((field, i) => (field === a[i] ? [] : [String(i + 1)]));
  }
  if (/\/files\/smaps$/.test(key)) return smapsNames(before, after);
  if (/^s\/proc\/net\/(tcp|udp|raw)6?$/.test(key)) return tableColumns(before, after);
  if (FIRST_WORD.test(key)) return differingNames(linesByFirstWord(before), linesByFirstWord(after));
  return NAMED.test(key) ? differingNames(namedLines(before), namedLines(after)) : [];
}

/**
 * What the end of a thread changes for its process: how many there are, and memory, for its stack is given back. By the
 * names of files, the parts; none: the whole.
 */
const BY_ENDED_THREAD: Readonly<Record<string, readonly string[]>> = {
  status: [
    ...['Threads', 'VmSize', 'VmRSS', 'VmData', 'VmPTE', 'VmSwap', 'RssAnon', 'RssFile', 'RssShmem', 'VmLck'],
    'VmPin',
  ],
  // num_threads, vsize, rss.
  stat: ['20', '23', '24'],
  maps: [],
  smaps: [],
  statm: [],
};

/** Of processes that lost a thread while they were recorded, or after. */
export function unstableByEnd(pids: ReadonlySet<number>, second: Pass): Record<string, string[]> {
  const unstable: Record<string, string[]> = {};
  for (const pid of pids) unstable[`processes ${pid} pages`] = [];
  for (const key of second.keys()) {
    const [, pid, name = ''] = /^p\/(\d+)\/(?:t\/\d+\/)?files\/(\w+)$/.exec(key) ?? [];
    const parts = BY_ENDED_THREAD[name];
    if (parts !== undefined && pids.has(Number(pid))) unstable[truthPath(key)] = [...parts];
  }
  return unstable;
}

export function findUnstable(first: Pass, second: Pass): Record<string, string[]> {
  const unstable: Record<string, string[]> = {};
  for (const key of new Set([...first.keys(), ...second.keys()])) {
    if (IGNORED.test(key)) continue;
    const before = first.get(key);
    const after = second.get(key);
    if (before && after?.equals(before)) continue;
    unstable[truthPath(key)] =
      before && after ? differingParts(key, before.toString('latin1'), after.toString('latin1')) : [];
  }
  return unstable;
}
