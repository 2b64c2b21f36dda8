// Which fields a comparison passes over: by their path (`process.threads.registers`), or a part of it (`registers`).

export type Ignore = (path: string) => boolean;

/** What moves on by itself between two looks at one guest, or differs between a dead kernel and the one that follows it. */
export const VOLATILE: readonly string[] = [
  'header',
  'ramRange',
  'reservation',
  'identityPage',
  'times',
  'step',
  'userTime',
  'systemTime',
  'startTime',
  'remaining',
  'pfn',
  'swap',
  'digest',
  'references',
  'tsValue',
  'tsRecent',
  'registers.r11',
  'registers.cx',
];

/** `volatile` stands for VOLATILE. */
export function ignoring(names: readonly string[]): Ignore {
  const patterns = names
    .flatMap((name) => (name === 'volatile' ? VOLATILE : [name]))
    .map((name) => `.${name}.`);
  if (patterns.length === 0) return () => false;
  const known = new Map<string, boolean>();
  return (path) => {
    const answer = known.get(path) ?? patterns.some((pattern) => `.${path}.`.includes(pattern));
    known.set(path, answer);
    return answer;
  };
}
