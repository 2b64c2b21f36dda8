/* SPDX-License-Identifier: GPL-2.0-only WITH Linux-syscall-note */
/*
 * What /dev/otherworld understands: the crash kernel's side of a resurrection. All calls need CAP_SYS_ADMIN in the
 * initial user namespace. The executor (kernel/resurrect/) is the only user that is meant.
 *
 * The order of a resurrection: OW_SUBMIT hands over a plan, which is validated whole and kept; mmap(2) of the device then
 * gives the validated bytes, read-only. OW_COPY_RUNS copies pages out of the dead kernel's memory. OW_JOURNAL writes what
 * came of a step; read(2) gives the journal (struct owp_journal_header and entries). OW_WAIT and OW_GO bring processes to
 * the same place; at the end every thread of the plan calls lseek(2) with its number, and does not come back: it goes on
 * in the program that it was, with the registers of the plan. lseek, because it is the one system call whose result is a
 * whole register, and which does nothing else with it.
 */
#ifndef OTHERWORLD_H
#define OTHERWORLD_H

#include <linux/ioctl.h>
#include <linux/types.h>

#define OW_DEVICE "/dev/otherworld"
/* Of the journal (docs/plan-format.md); the plan's reader refuses others. */
#define OW_JOURNAL_MAGIC "OWJRNL\r\n"
#define OW_JOURNAL_VERSION 1

/* Why a plan was refused. */
struct ow_fault {
	__u32 rule;    /* OWV_* of plan_validate.h; 0: none */
	__u32 section; /* of restore_plan.h; 0: the container */
	__u64 record;  /* index in the section; ~0: none */
	__u64 value;   /* what stands there */
	char reason[104];
};

struct ow_submit {
	__u64 plan;  /* address */
	__u64 bytes;
	__u8 vdso_build_id[20]; /* of the caller's vDSO, which is this kernel's; zero where it has none */
	__u32 flags;            /* OW_SUBMIT_* */
	struct ow_fault fault;  /* out */
};

/* Programs of the plan may have another vDSO than this kernel's: those that call into it die of it. */
#define OW_SUBMIT_ANY_VDSO 1

/* Copies the pages of page_run records to `to + run.address - origin` in the caller's address space. */
struct ow_copy_runs {
	__u32 first; /* in the section of page_run */
	__u32 count;
	__u64 to;
	__u64 origin;
	__u64 fault_address; /* out: run.address of the page that could not be copied */
};

/* Appends to the journal; the module adds time and checksum. */
struct ow_journal {
	__u32 step;
	__u32 outcome; /* OWP_OUTCOME_* */
	__s32 error;
	__s32 child;
	__u64 detail;
};

/* What the executor still occupies in its address space when its threads go: unmapped by the last of them. */
struct ow_go {
	__u32 process; /* index in the plan */
	__u32 threads; /* that will call lseek */
	struct {
		__u64 start, end;
	} keep[2];
	__s32 device_fd; /* closed by the last of them; -1: left alone */
	__u32 flags; /* OW_GO_* */
};

/* It was stopped: it stops on leaving the kernel, before it has run, and does not wait to be released. */
#define OW_GO_STOPPED 1

/* Added to a thread's number: the kernel knows how its system call goes on (restart_syscall(2)). */
#define OW_RESTART_READY (1ULL << 32)
/* Or: the call has come to its end meanwhile, with a result of 28 bits, signed, at bit 34. */
#define OW_CALL_ENDED (1ULL << 33)
#define OW_RESULT_SHIFT 34
#define OW_RESULT_BITS 28

struct ow_wait {
	__u32 processes;
	__u32 milliseconds;
};

#define OW_SUBMIT _IOWR('O', 1, struct ow_submit)
#define OW_COPY_RUNS _IOWR('O', 2, struct ow_copy_runs)
#define OW_JOURNAL _IOW('O', 3, struct ow_journal)
/* Declares what the calling process is about to do; to be followed by lseek in each of its threads. */
#define OW_GO _IOW('O', 4, struct ow_go)
/* Waits until so many processes of the plan have arrived, or ended; at most so many milliseconds. Returns how many have arrived. */
#define OW_WAIT _IOW('O', 5, struct ow_wait)
/* Lets all go whose threads have arrived; those that arrive later go at once. */
#define OW_RELEASE _IO('O', 6)

#endif
