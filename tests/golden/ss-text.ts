// What `ss -anpmie` prints, taken apart: a line for each socket, its details behind it or on a line of their own.

export interface SsSocket {
  /** `tcp`, `u_str`, `nl`, … */
  readonly kind: string;
  readonly inode: number;
  /** Of Internet sockets: local and remote port, 0 for `*`. */
  readonly ports: string;
  readonly receive: number;
  readonly send: number;
  /** `"comm",pid=1,fd=2` */
  readonly users: readonly string[];
  /** What stands in skmem:(…). */
  readonly memory: string | null;
  /** `rto:204` and its like. */
  readonly facts: Readonly<Record<string, string>>;
  /** Words without a value: `ts`, `sack`, `cubic`; each is also a fact that is `true`. */
  readonly words: readonly string[];
}

/** Sockets with an inode, and connections that wait to be accepted; netlink's are told by no inode and left out. */
export function ssSockets(text: string): SsSocket[] {
  const joined = text
    .replace(/\n[ \t]+/g, ' ')
    .split('\n')
    .slice(1);
  return joined.filter((line) => line.trim() !== '').flatMap(parse);
}

function parse(line: string): SsSocket[] {
  const [kind = '', , receive, send, ...rest] = line.trim().split(/\s+/);
  const unix = /^(u_\w+) +\S+ +\d+ +\d+ +.* (\d+) +\* (\d+)/.exec(line);
  const inode = unix ? Number(unix[2]) : Number(/ ino:(\d+)/.exec(line)?.[1] ?? -1);
  if (inode < 0) return [];
  const [local = '', remote = ''] = rest;
  const port = (end: string) => Number(/:(\d+)$/.exec(end)?.[1] ?? 0);
  const details = kind === 'tcp' ? line.slice(line.indexOf('skmem:(')).replace(/^\S+\)/, '') : '';
  const words = details.trim().split(/\s+/);
  const facts: Record<string, string> = {};
  for (const word of words) {
    const [, name, value] = /^(\w+):(.+)$/.exec(word) ?? [];
    if (name !== undefined && value !== undefined) facts[name] = value;
    else if (word === 'ts' || word === 'sack') facts[word] = 'true';
  }
  return [
    {
      kind,
      inode,
      ports: `${port(local)} ${port(remote)}`,
      receive: Number(receive),
      send: Number(send),
      users: [...(/users:\((\(.*?\))\) ?/.exec(line)?.[1] ?? '').matchAll(/\((.*?)\)/g)].map(
        ([, user]) => user as string,
      ),
      memory: /skmem:\(([^)]*)\)/.exec(line)?.[1] ?? null,
      facts,
      words,
    },
  ];
}
