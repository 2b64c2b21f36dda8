// What mix.c computes, in C.

#include "mix.h"

#include "victims.h"

#include <asm/prctl.h>
#include <xmmintrin.h>

#define TOP 0x3800 // of the x87's stack, in its status
#define EXCEPTIONS 0x3f
#define INEXACT 0x20 // every operation is
#define DECIDED 0x200646u // of the flags: ID, DF, IF, ZF, PF and what is always set; the others are the last sum's

static const double chaos[MIX_LANES] __attribute__((aligned(32))) = { MIX_CHAOS, MIX_CHAOS, MIX_CHAOS, MIX_CHAOS };

void mix_set_up(void)
{
	need("arch_prctl", syscall(SYS_arch_prctl, ARCH_SET_GS, chaos));
}

// ALL_GENERAL; its rows follow a rule.
static void mix_general(uint64_t *r)
{
	for (int i = 0; i < 16; i++) {
		uint64_t *a = &r[i], *b = &r[(i + 5) % 16], *c = &r[(i + 11) % 16];
		int bits = (1 + 5 * i) % 64;
		*a += *b;
		unsigned __int128 wide = (unsigned __int128)*c + *b + (*a < *b);
		uint64_t sum = wide;
		int overflow = (~(*c ^ *b) & (*c ^ sum)) >> 63;
		*c = sum;
		if (!(sum >> 63))
			*a = ~*a;
		if (!overflow)
			*b = ~*b;
		if (__builtin_parity(sum & 0xff))
			*c = ~*c;
		*a = *a << bits | *a >> (64 - bits);
	}
}

// Volatile: between what sets the mode of rounding, and what sets it back.
static double next(double x)
{
	__asm__ volatile("" : "+x"(x));
	x *= x;
	__asm__ volatile("" : "+x"(x));
	x -= MIX_CHAOS;
	__asm__ volatile("" : "+x"(x));
	return x;
}

static long double next_long(long double x)
{
	__asm__ volatile("" : "+t"(x));
	x *= x;
	__asm__ volatile("" : "+t"(x));
	x -= MIX_CHAOS;
	__asm__ volatile("" : "+t"(x));
	return x;
}

static void mix_vectors(struct mix *m, int lanes)
{
	_mm_setcsr(m->mxcsr);
	for (uint64_t round = 0; round < m->rounds; round++) {
		for (int n = 0; n < 16 * MIX_LANES; n++) {
			if (n % MIX_LANES < lanes)
				m->vectors[n / MIX_LANES][n % MIX_LANES] = next(m->vectors[n / MIX_LANES][n % MIX_LANES]);
		}
	}
	m->mxcsr = _mm_getcsr();
	_mm_setcsr(0x1f80);
}

static void mix_x87(struct mix *m)
{
	uint16_t usual;
	__asm__ volatile("fnstcw %0; fldcw %1" : "=m"(usual) : "m"(m->control));
	for (uint64_t round = 0; round < m->rounds; round++) {
		for (int n = 0; n < 8; n++) {
			long double x;
			memcpy(&x, m->x87[n], sizeof(x));
			x = next_long(x);
			memcpy(m->x87[n], &x, 10);
		}
	}
	__asm__ volatile("fldcw %0" : : "m"(usual));
}

void mix_in_memory(struct mix *m, int lanes)
{
	for (uint64_t round = 0; round < m->rounds; round++)
		mix_general(m->general);
	mix_vectors(m, lanes);
	mix_x87(m);
	m->status = INEXACT;
}

void mix_compare(const struct mix *found, const struct mix *expected, int lanes)
{
	static const char *const names[16] = { "rax", "rbx", "rcx", "rdx", "rsi", "rdi", "rbp", "rsp",
					       "r8",  "r9",  "r10", "r11", "r12", "r13", "r14", "r15" };
	char name[16];
	for (int i = 0; i < 16; i++) {
		check(found->general[i] == expected->general[i], "%s: %#lx, not %#lx", names[i], found->general[i],
		      expected->general[i]);
		snprintf(name, sizeof(name), "vector %d", i);
		check_bytes(name, found->vectors[i], expected->vectors[i], lanes * sizeof(double));
	}
	for (int i = 0; i < 8; i++) {
		snprintf(name, sizeof(name), "x87 register %d", i);
		check_bytes(name, found->x87[i], expected->x87[i], 10);
	}
	check((found->flags & DECIDED) == (expected->flags & DECIDED), "flags: %#lx, not %#lx", found->flags & DECIDED,
	      expected->flags & DECIDED);
	check(found->mxcsr == expected->mxcsr, "MXCSR: %#x, not %#x", found->mxcsr, expected->mxcsr);
	check(found->control == expected->control, "x87 control: %#x, not %#x", found->control, expected->control);
	check((found->status & (TOP | EXCEPTIONS)) == expected->status, "x87 status: %#x", found->status);
}
