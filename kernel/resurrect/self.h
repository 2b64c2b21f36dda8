/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Where the executor is in the address spaces that it fills: in two windows, at addresses that hardly any program uses, so that
 * the module can take it away with two unmappings. A process that has something there itself is not restored (-EEXIST).
 */
#ifndef SELF_H
#define SELF_H

#include <stdbool.h>
#include <stdint.h>

/*
 * The program, where it is linked (Makefile), and its heap: below all programs, for those with fixed addresses begin at
 * 0x400000, and above vm.mmap_min_addr.
 */
#define IMAGE_START 0x10000UL
#define IMAGE_END 0x400000UL
#define WINDOW_START 0x3a5200000000UL
#define PLAN_AT WINDOW_START
#define TABLES_AT 0x3a5300000000UL
#define STACKS_AT 0x3a5380000000UL
#define MAIN_STACK_BYTES 0x400000UL /* below STACKS_AT */
#define WINDOW_END 0x3a5400000000UL

#define STACK_BYTES 65536UL /* of a thread; with room for its vector state */

/* Turns the program's own mappings into anonymous memory: no file is mapped any more, so exe can be set. 0 or -errno. */
int become_anonymous(void);
/* Whether any of it is in the executor's way. */
bool is_in_windows(uint64_t start, uint64_t end);
/* Calls `run` on a stack in the window; 0 or -errno where that cannot be had. `run` does not return. */
int on_own_stack(int (*run)(void));
/* Unmaps all that is outside the windows; the stack must be in one. */
int leave_all_but_windows(void);

#endif
