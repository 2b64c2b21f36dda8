/* SPDX-License-Identifier: GPL-2.0-only WITH Linux-syscall-note */
/*
 * The area in which the module, loaded before a crash, saves what the CPUs of a panicking kernel hold and memory does not:
 * vector registers, segment bases, the user registers of what was running, the clocks.
 *
 * It is physically contiguous, begins at a page with OW_PANIC_MAGIC, and is one struct ow_panic_area, then at
 * `slots_offset` `slots` slots of `slot_bytes` each, by CPU number. Each slot is a struct ow_panic_slot, and at
 * OW_PANIC_VECTORS_OFFSET from its start are the vector registers as FXSAVE, XSAVE or XSAVES left them (`xsave_format`).
 *
 * To find it: its physical address is the parameter `panic_area` of the module (/sys/module/otherworld/parameters/), and in
 * its variable `ow_panic_area` stands its kernel address; else look at every page of memory for the magic. What is
 * found counts only if `sum` is right and `physical` says where it was found: other memory can hold copies.
 *
 * To watch it from outside: poll `state`, 32 bits. It is written last of what it speaks of, and grows only:
 * OW_PANIC_ARMED for as long as the kernel lives; OW_PANIC_SAVING as soon as it does not, and what its CPUs held is being
 * saved while it says its last words; OW_PANIC_LEFT when all CPUs stand still, all is saved, and the next instructions are
 * the crash kernel's: nothing but the crash kernel's reservation changes from then on. Without a crash kernel there
 * is no OW_PANIC_LEFT: the other CPUs have stopped within a second or so of OW_PANIC_SAVING.
 *
 * Little-endian; a sum is ow_panic_sum() of whole 32-bit words.
 */
#ifndef OTHERWORLD_PANIC_AREA_H
#define OTHERWORLD_PANIC_AREA_H

#include <linux/types.h>

#define OW_PANIC_MAGIC "OWAREA\r\n"
#define OW_PANIC_VERSION 1

enum ow_panic_state {
	OW_PANIC_OFF = 0,
	OW_PANIC_ARMED = 1,
	OW_PANIC_SAVING = 2,
	OW_PANIC_LEFT = 3,
};

enum ow_panic_xsave_format {
	OW_PANIC_FXSAVE = 1,
	OW_PANIC_XSAVE = 2,  /* standard format */
	OW_PANIC_XSAVES = 3, /* compacted */
};

/* Nanoseconds of CLOCK_MONOTONIC, CLOCK_BOOTTIME, CLOCK_REALTIME. */
struct ow_panic_clocks {
	__u64 monotonic;
	__u64 boottime;
	__u64 realtime;
};

struct ow_panic_area {
	char magic[8];
	__u32 version;
	__u32 sum;          /* of [bytes, state) */
	__u64 bytes;        /* of the whole area */
	__u64 physical;     /* its own addresses: physical, and in the kernel's direct map */
	__u64 address;
	__u32 slots_offset;
	__u32 slot_bytes;
	__u32 slots;
	__u32 xsave_format;
	__u32 xsave_bytes;  /* room for them in each slot */
	__u32 reserved;
	__u64 xfeatures;    /* the components that are asked for; 3 with FXSAVE */
	char release[64];   /* of the kernel, NUL-padded */
	/* From here on it changes. */
	__u32 state;        /* enum ow_panic_state */
	__s32 panic_cpu;    /* the CPU that first panicked, then the one that left; -1 */
	struct ow_panic_clocks panicked; /* when `state` became OW_PANIC_SAVING */
	struct ow_panic_clocks left;     /* when it became OW_PANIC_LEFT */
};

enum ow_panic_slot_state {
	OW_PANIC_EMPTY = 0,
	OW_PANIC_WRITING = 1,
	OW_PANIC_SAVED = 2,
};

/* How the CPU came to save. */
enum ow_panic_cause {
	OW_PANIC_BY_PANIC = 1, /* it panicked itself */
	OW_PANIC_BY_CRASH = 2, /* on the way to the crash kernel: it was stopped by an NMI, or is the one that goes there */
	OW_PANIC_BY_STOP = 3,  /* it was stopped without a crash kernel */
};

/* Of a slot. A thread has them of its own only if it has a user half: kernel threads and idle tasks have neither. */
#define OW_PANIC_IN_USER 1   /* it was in user mode */
#define OW_PANIC_REGISTERS 2 /* `user` are the task's user registers, as far as its stack has them: see `kernel` */
#define OW_PANIC_FS_BASE 4   /* `fs_base` is the task's */
#define OW_PANIC_GS_BASE 8   /* `gs_base` is */
#define OW_PANIC_PKRU 16     /* `pkru` is */
#define OW_PANIC_VECTORS 32  /* the CPU's vector registers were the task's, and newer than what its fpstate has */

struct ow_panic_slot {
	__u32 state; /* enum ow_panic_slot_state */
	__u32 sum;   /* of [cpu, start of slot + bytes) */
	__u32 cpu;
	__u32 bytes; /* of the slot that are used */
	__u32 flags;
	__u32 cause; /* enum ow_panic_cause */
	__s32 pid;   /* tgid and pid of task_struct: 0 for an idle task */
	__s32 tid;
	__u64 task;  /* address of its task_struct */
	__u64 monotonic;
	/*
	 * struct pt_regs, all of it: r15 r14 r13 r12 bp bx r11 r10 r9 r8 ax cx dx si di orig_ax ip cs flags sp ss.
	 * `user`: of the last entry from user mode. `kernel`: where it was interrupted in the kernel, or panicked; 0 if
	 * OW_PANIC_IN_USER. If that is in the entry code, before it has saved all of them, `user` is older.
	 */
	__u64 user[21];
	__u64 kernel[21];
	__u64 fs_base;
	__u64 gs_base;
	__u32 pkru;
	__u32 xsave_bytes; /* of vector registers: `kernel` may tell more than the flag; 0 without a user half */
	__u64 reserved[3];
};

/* From the start of a slot, and a multiple of 64, as slots are: the instructions want it so. */
#define OW_PANIC_VECTORS_OFFSET 448

/* Catches what is torn, not what is forged. `bytes` is a multiple of 4. */
static inline __u32 ow_panic_sum(const void *from, __u32 bytes)
{
	const __u32 *words = (const __u32 *)from;
	__u32 a = 1, b = 0, i;

	for (i = 0; i < bytes / 4; i++) {
		a += words[i];
		b += a;
	}
	return b ^ (a << 16 | a >> 16);
}

#endif
