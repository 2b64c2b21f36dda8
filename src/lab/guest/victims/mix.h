// A computation that needs every register of a thread, each step all that came before: one bit lost and the end is another.
#pragma once

#include <stdint.h>

#define MIX_LANES 4 // doubles in a YMM register; an XMM register has two
#define MIX_CHAOS 1.9 // x * x - 1.9 stays between -1.9 and 1.9, and never comes to rest

// What the registers hold, before and after. mix.c knows where each member is.
struct mix {
	uint64_t general[16]; // rax rbx rcx rdx rsi rdi rbp rsp r8 ... r15
	double vectors[16][MIX_LANES];
	uint8_t x87[8][16]; // from the top of the stack; 10 bytes each
	uint64_t flags;
	uint32_t mxcsr;
	uint16_t control, status; // of the x87
	uint64_t rounds; // to go
	uint64_t call[4]; // of mix_calling: the system call of each round, and its first arguments
	uint64_t call_sum; // of what these gave
	uint64_t spare[6], stack; // its own
} __attribute__((aligned(64)));

// Where the next three compute: found by fs. They find MIX_CHAOS at gs: mix_set_up().
extern __thread struct mix mix;

// In assembly. The stack pointer is a register like the others: no handler may run without a stack of its own.
void mix_sse(void);
void mix_avx(void);
void mix_calling(void); // as mix_sse, with a system call in each round

void mix_set_up(void); // for each thread
// The same in C, without a register of the above that has anything to do with it.
void mix_in_memory(struct mix *mix, int lanes);
// Names everything that is not as expected.
void mix_compare(const struct mix *found, const struct mix *expected, int lanes);
