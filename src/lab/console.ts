// Follows the guest's serial console and says how far it has come.

import { readFileSync } from 'node:fs';

export type ConsoleState =
  | { readonly kind: 'running' }
  | { readonly kind: 'waiting-for-nmi' }
  /** It has panicked, and may be in its crash kernel. */
  | { readonly kind: 'dying' }
  | { readonly kind: 'dead' }
  | { readonly kind: 'failed'; readonly why: string };

/** Any of these before the truth is complete means that the guest broke by itself. */
const BROKEN = /Oops|BUG:|general protection fault|Kernel panic|Out of memory|unable to mount/;

/** Guest programs begin their lines with `ow: `. */
export function consoleState(text: string): ConsoleState {
  const fatal = /ow: FATAL (.*)/.exec(text) ?? /ow: (workload \S+ FAILED)/.exec(text);
  if (fatal) return { kind: 'failed', why: (fatal[1] ?? '').trim() };
  const recorded = text.indexOf('ow: pass 2');
  const broken = BROKEN.exec(recorded < 0 ? text : text.slice(0, recorded));
  if (broken)
    return { kind: 'failed', why: `the guest's kernel broke before the truth was recorded (${broken[0]})` };
  if (recorded < 0) return { kind: 'running' };
  if (text.includes('end Kernel panic')) return { kind: 'dead' };
  if (text.includes('Kernel panic', recorded)) return { kind: 'dying' };
  return text.includes('ow: waiting for an NMI') ? { kind: 'waiting-for-nmi' } : { kind: 'running' };
}

export class ConsoleFollower {
  private told = 0;

  constructor(
    private readonly path: string,
    private readonly onLine: (line: string) => void,
  ) {}

  text(): string {
    try {
      return readFileSync(this.path, 'latin1');
    } catch {
      return '';
    }
  }

  /** The state now; passes new lines of our own programs on. */
  look(): ConsoleState {
    const text = this.text();
    const whole = text.lastIndexOf('\n') + 1;
    for (const line of text.slice(this.told, whole).split('\n')) {
      const ours = /ow: (.*)/.exec(line)?.[1];
      if (ours) this.onLine(ours.trim());
    }
    this.told = Math.max(this.told, whole);
    return consoleState(text);
  }

  tail(lines = 25): string {
    return this.text().replaceAll('\r', '').trimEnd().split('\n').slice(-lines).join('\n');
  }
}
