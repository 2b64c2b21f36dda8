// What a thread needs in order to go on, as plain data: its user registers, the system call it was in, vector state,
// segment bases, and what it told the kernel of its own memory (arch/x86/include/asm/{ptrace,processor}.h).

import type { Hex } from '../base/address.js';
import type { Contents } from './bytes.js';
import type { StackFrame } from './system.js';

/** Where user registers were found. */
export type RegistersSource =
  /** struct pt_regs at the top of the kernel stack, where every entry from user mode leaves it. */
  | 'kernel stack'
  /** The crash note of the CPU that was running the thread in user mode (kernel/kexec_core.c, crash_save_cpu). */
  | 'crash note'
  /** NT_PRSTATUS that the maker of the image wrote for a CPU in user mode. */
  | 'image note'
  /** What otherworld.ko had the CPU save when the kernel panicked. */
  | 'saved at panic';

/** struct pt_regs of the last entry from user mode; the registers' names are the kernel's, of 64 bits each. */
export interface UserRegisters {
  readonly source: RegistersSource;
  /**
   * The thread was on a CPU, and nothing shows that this was in the kernel: it may have gone back to user mode since
   * these were saved.
   */
  readonly mayBeStale: boolean;
  readonly r15: Hex;
  readonly r14: Hex;
  readonly r13: Hex;
  readonly r12: Hex;
  readonly bp: Hex;
  readonly bx: Hex;
  readonly r11: Hex;
  readonly r10: Hex;
  readonly r9: Hex;
  readonly r8: Hex;
  readonly ax: Hex;
  readonly cx: Hex;
  readonly dx: Hex;
  readonly si: Hex;
  readonly di: Hex;
  /** Number of the system call; -1 (all ones) after an interrupt or exception. */
  readonly orig_ax: Hex;
  readonly ip: Hex;
  readonly flags: Hex;
  readonly sp: Hex;
  readonly cs: number;
  readonly ss: number;
}

/** A used entry of thread_struct.tls_array: what set_thread_area(2) made. */
export interface TlsDescriptor {
  /** Its number in the GDT, from 12 on. */
  readonly entry: number;
  readonly base: Hex;
  /** Bytes less one, granularity applied. */
  readonly limit: number;
  /** The descriptor as it is in the GDT. */
  readonly raw: Hex;
}

export interface Segments {
  /** User segment bases: `fsBase` is where the C library's thread control block is. */
  readonly fsBase: Hex;
  readonly gsBase: Hex;
  /** Selectors. */
  readonly fs: number;
  readonly gs: number;
  readonly ds: number;
  readonly es: number;
  /** `thread_struct`: as saved when the thread left a CPU last; all others: from the CPU. */
  readonly source: 'thread_struct' | 'crash note' | 'image note' | 'saved at panic';
  /** The thread was on a CPU, which may have had other bases than these. */
  readonly mayBeStale: boolean;
  readonly tls: readonly TlsDescriptor[];
}

/** As /proc/PID/syscall: what a thread that is off the CPU is doing in the kernel. */
export interface SystemCall {
  /** -1: none, it came by an interrupt or exception, or has no stack any more. */
  readonly nr: number;
  readonly abi: 'x86-64' | 'x32' | 'ia32';
  /** `read`, of the table's symbol; null where there is none, or no table. */
  readonly name: string | null;
  /** Six; empty where there is no system call. */
  readonly args: readonly Hex[];
  readonly sp: Hex;
  readonly pc: Hex;
}

/** struct restart_block, where restart_syscall(2) would go on. */
export interface RestartBlock {
  /** Symbol of its function: `hrtimer_nanosleep_restart`. */
  readonly fn: string;
  /** The members of the union that belong to that function, by the kernel's names. */
  readonly state: Readonly<Record<string, Hex>>;
}

/** Restartable sequences (kernel/rseq.c). */
export interface Rseq {
  /** User address of its struct rseq. */
  readonly address: Hex;
  /** Bytes that the thread registered; null before 6.3, which knew one size. */
  readonly length: number | null;
  readonly signature: number;
  /** What stands there; null where the page is not in memory. */
  readonly area: {
    readonly cpuIdStart: number;
    readonly cpuId: number;
    /** User address of the critical section it is in, 0 for none. */
    readonly criticalSection: Hex;
    readonly flags: number;
  } | null;
}

/** set_robust_list(2) (kernel/futex/core.c). */
export interface RobustList {
  /** User address of its struct robust_list_head. */
  readonly address: Hex;
  /** Registered by a 32-bit thread. */
  readonly compat: boolean;
  /** Bytes from an entry to its futex word; null where the head is not in memory. */
  readonly futexOffset: number | null;
  /** User addresses of the locks that the thread holds. */
  readonly entries: readonly Hex[];
  /** Lock that it was taking or giving back; null for none. */
  readonly pending: Hex | null;
}

/** One part of the XSAVE area, by its number (Intel SDM vol. 1, 13.4): `AVX` is the upper halves of YMM0 to YMM15. */
export interface XsaveComponent {
  readonly feature: number;
  readonly name: string;
  /** In its initial configuration: the area says nothing of it. */
  readonly initial: boolean;
  /** Bytes from the start of the area; null where it is not in it. */
  readonly offset: number | null;
  readonly size: number;
}

export interface X87State {
  readonly cwd: number;
  readonly swd: number;
  /** Abridged: a bit for each register that is in use. */
  readonly twd: number;
  readonly fop: number;
  readonly rip: Hex;
  readonly rdp: Hex;
  /** ST0 to ST7: 80 bits, as 20 hex digits. */
  readonly st: readonly string[];
}

export interface FpuState {
  readonly format: 'fxsave' | 'xsave' | 'xsave compacted';
  /** `fpstate`: where the kernel keeps them for the thread; or what otherworld.ko had its CPU save at the panic. */
  readonly source: 'fpstate' | 'saved at panic';
  /**
   * The thread's registers were still in the CPU, and were not saved at the panic: what stands here is older.
   */
  readonly inCpu: boolean;
  /** Of struct fpstate's or fpu's registers, or of what was saved. */
  readonly address: Hex;
  /** XSTATE_BV and XCOMP_BV of the header; null for fxsave. */
  readonly xfeatures: Hex | null;
  readonly xcompBv: Hex | null;
  /** The area as the kernel had it, up to the end of the last component that is in use. */
  readonly raw: Contents;
  readonly components: readonly XsaveComponent[];
  readonly x87: X87State;
  readonly mxcsr: number;
  /** XMM0 to XMM15, YMM or ZMM0 to ZMM31 as far as this processor has them: hex digits, most significant first. */
  readonly vectors: readonly string[];
  /** k0 to k7 of AVX-512; empty without. */
  readonly opmask: readonly Hex[];
  /** Null where the processor has no protection keys. */
  readonly pkru: number | null;
}

export interface Thread {
  readonly pid: number;
  readonly tid: number;
  /** Null for kernel threads and for what has no kernel stack any more. */
  readonly registers: UserRegisters | null;
  readonly segments: Segments | null;
  readonly syscall: SystemCall | null;
  /** Null where nothing is to be restarted. */
  readonly restart: RestartBlock | null;
  readonly fpu: FpuState | null;
  readonly rseq: Rseq | null;
  readonly robustList: RobustList | null;
  /** User addresses; `0x0` for none. */
  readonly setChildTid: Hex;
  readonly clearChildTid: Hex;
}

/** A frame of a user stack. */
export interface UserFrame {
  readonly address: Hex;
  /** Stack pointer in the frame. */
  readonly sp: Hex;
  /** `function+0x1b`; null where the file has no symbol before it, or none in memory. */
  readonly symbol: string | null;
  /** The address lies beyond that symbol's end: likely in a function without a symbol. */
  readonly symbolGuess: boolean;
  /** Path of the file mapped there, `[vdso]`; null where nothing is mapped. */
  readonly file: string | null;
  /** Bytes from the start of that file, to look it up elsewhere. */
  readonly fileOffset: number | null;
  /** How its registers were found. */
  readonly by: 'registers' | 'eh_frame' | 'frame pointer' | 'signal frame' | 'scan';
  /** By scan or a frame pointer that nothing confirms. */
  readonly guess: boolean;
}

export interface UserBacktrace {
  readonly frames: readonly UserFrame[];
  /** The outermost function was reached. */
  readonly complete: boolean;
}

/** Both stacks of a thread. */
export interface ThreadStacks {
  readonly kernel: readonly StackFrame[];
  readonly user: UserBacktrace | null;
}
