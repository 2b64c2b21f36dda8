// How far a guest has come that is to be resurrected, by its serial console: all that the lab sees of the main kernel.

export type RunState =
  | { readonly kind: 'booting' }
  /** Waits to be told to go on. */
  | { readonly kind: 'ready' }
  | { readonly kind: 'armed' }
  | { readonly kind: 'waiting-for-nmi' }
  | { readonly kind: 'panicked' }
  /** The crash kernel runs: nothing of the main kernel does. */
  | { readonly kind: 'crash-kernel' }
  | { readonly kind: 'crash-kernel-died'; readonly why: string }
  /** Before it was armed. */
  | { readonly kind: 'failed'; readonly why: string };

const PANIC = /Kernel panic|sysrq: Trigger a crash|Oops[:,]|BUG: /;
/** The first words of a kernel. */
const BANNER = 'Linux version ';

export function runState(text: string): RunState {
  const armed = text.indexOf('ow: armed');
  const main = armed < 0 ? text : text.slice(0, armed);
  const fatal = /ow: FATAL (.*)/.exec(main) ?? /ow: (workload \S+ FAILED)/.exec(main);
  if (fatal) return { kind: 'failed', why: (fatal[1] ?? '').trim() };
  const broken = PANIC.exec(main);
  if (broken) return { kind: 'failed', why: `the guest's kernel broke before it was armed (${broken[0]})` };
  if (armed < 0) return { kind: text.includes('ow: ready') ? 'ready' : 'booting' };
  const since = text.slice(armed);
  const crash = since.indexOf(BANNER);
  if (crash >= 0) {
    const died = PANIC.exec(since.slice(crash));
    return died
      ? { kind: 'crash-kernel-died', why: `the crash kernel broke (${died[0]})` }
      : { kind: 'crash-kernel' };
  }
  if (PANIC.test(since)) return { kind: 'panicked' };
  return { kind: since.includes('ow: waiting for an NMI') ? 'waiting-for-nmi' : 'armed' };
}
