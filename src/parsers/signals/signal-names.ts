// Names of signals, of what si_code says of them, and of sigaction's flags (include/uapi/asm-generic/signal.h,
// siginfo.h; arch/x86/include/uapi/asm/signal.h).

export const SIGNALS = {
  HUP: 1,
  INT: 2,
  QUIT: 3,
  ILL: 4,
  TRAP: 5,
  ABRT: 6,
  BUS: 7,
  FPE: 8,
  KILL: 9,
  USR1: 10,
  SEGV: 11,
  USR2: 12,
  PIPE: 13,
  ALRM: 14,
  TERM: 15,
  STKFLT: 16,
  CHLD: 17,
  CONT: 18,
  STOP: 19,
  TSTP: 20,
  TTIN: 21,
  TTOU: 22,
  URG: 23,
  XCPU: 24,
  XFSZ: 25,
  VTALRM: 26,
  PROF: 27,
  WINCH: 28,
  POLL: 29,
  PWR: 30,
  SYS: 31,
} as const;

const NAMES = new Map<number, string>(
  Object.entries(SIGNALS).map(([name, number]) => [number, `SIG${name}`]),
);
/** The C library keeps 32 and 33 for itself and begins SIGRTMIN behind them. */
const RT_MIN = 34;
const RT_MAX = 64;
const RT_MIDDLE = 49;

/** `SIGTERM`, `SIGRTMIN+3`, as kill -l says. */
export function signalName(signal: number): string {
  const name = NAMES.get(signal);
  if (name !== undefined) return name;
  if (signal < RT_MIN || signal > RT_MAX) return `SIG${signal}`;
  const [base, offset] = signal <= RT_MIDDLE ? ['MIN', signal - RT_MIN] : ['MAX', signal - RT_MAX];
  return `SIGRT${base}${offset === 0 ? '' : offset > 0 ? `+${offset}` : offset}`;
}

const COMMON: Readonly<Record<number, string>> = {
  0: 'SI_USER',
  128: 'SI_KERNEL',
  [-1]: 'SI_QUEUE',
  [-2]: 'SI_TIMER',
  [-3]: 'SI_MESGQ',
  [-4]: 'SI_ASYNCIO',
  [-5]: 'SI_SIGIO',
  [-6]: 'SI_TKILL',
  [-7]: 'SI_DETHREAD',
  [-60]: 'SI_ASYNCNL',
};
/** Codes of a signal's own, from 1 on. */
const OWN: Readonly<Record<number, readonly [string, string]>> = {
  [SIGNALS.ILL]: ['ILL', 'ILLOPC ILLOPN ILLADR ILLTRP PRVOPC PRVREG COPROC BADSTK BADIADDR BREAK BNDMOD'],
  [SIGNALS.TRAP]: ['TRAP', 'BRKPT TRACE BRANCH HWBKPT UNK PERF'],
  [SIGNALS.BUS]: ['BUS', 'ADRALN ADRERR OBJERR MCEERR_AR MCEERR_AO'],
  [SIGNALS.FPE]: [
    'FPE',
    'INTDIV INTOVF FLTDIV FLTOVF FLTUND FLTRES FLTINV FLTSUB DECOVF DECDIV DECERR INVASC INVDEC FLTUNK CONDTRAP',
  ],
  [SIGNALS.SEGV]: ['SEGV', 'MAPERR ACCERR BNDERR PKUERR ACCADI ADIDERR ADIPERR MTEAERR MTESERR CPERR'],
  [SIGNALS.CHLD]: ['CLD', 'EXITED KILLED DUMPED TRAPPED STOPPED CONTINUED'],
  [SIGNALS.POLL]: ['POLL', 'IN OUT MSG ERR PRI HUP'],
  [SIGNALS.SYS]: ['SYS', 'SECCOMP USER_DISPATCH'],
};

export function codeName(signal: number, code: number): string {
  const [prefix, words] = OWN[signal] ?? [];
  const own = code > 0 ? words?.split(' ')[code - 1] : undefined;
  return own === undefined ? (COMMON[code] ?? String(code)) : `${prefix}_${own}`;
}

const ACTION_FLAGS: readonly (readonly [number, string])[] = [
  [0x1, 'NOCLDSTOP'],
  [0x2, 'NOCLDWAIT'],
  [0x4, 'SIGINFO'],
  [0x400, 'UNSUPPORTED'],
  [0x800, 'EXPOSE_TAGBITS'],
  [0x0400_0000, 'RESTORER'],
  [0x0800_0000, 'ONSTACK'],
  [0x1000_0000, 'RESTART'],
  [0x4000_0000, 'NODEFER'],
  [0x8000_0000, 'RESETHAND'],
];

/** SA_* without their prefix, joined by `|`; what has no name in hex. */
export function actionFlags(flags: number): string {
  const names = ACTION_FLAGS.filter(([bit]) => (flags & bit) !== 0).map(([, name]) => name);
  const rest = (flags & ~ACTION_FLAGS.reduce((all, [bit]) => all | bit, 0)) >>> 0;
  return [...names, ...(rest === 0 ? [] : [`0x${rest.toString(16)}`])].join('|');
}

/** The signals of a set of 16 hex digits. */
export function signalsIn(set: string): number[] {
  const bits = BigInt(`0x${set}`);
  return Array.from({ length: RT_MAX }, (_, i) => i + 1).filter(
    (signal) => (bits >> BigInt(signal - 1)) & 1n,
  );
}
