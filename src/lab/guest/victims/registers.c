// Registers: general, vector, x87, MXCSR; of threads that compute and of threads asleep.

#include "victims.h"

#include "hold.h"

#include <asm/prctl.h>
#include <sys/resource.h>
#include <sys/ucontext.h>

// What a signal handler returns to is what it finds in its frame.
static void disturb(ucontext_t *context)
{
	if (broken(1))
		context->uc_mcontext.gregs[REG_R12] ^= 1;
	if (broken(2))
		context->uc_mcontext.fpregs->_xmm[3].element[1] ^= 1;
	if (broken(3))
		context->uc_mcontext.fpregs->_st[1].significand[0] ^= 1;
	if (broken(4))
		context->uc_mcontext.fpregs->mxcsr ^= 0x8000;
	if (broken(5))
		context->uc_mcontext.fpregs->cwd ^= 0x100;
	if (broken(6))
		context->uc_mcontext.gregs[REG_RBX] ^= 1ul << 63;
}

static void stop(int number, siginfo_t *info, void *context)
{
	(void)number;
	(void)info;
	disturb(context);
	hold_stop = 1;
}

static void compare(int asleep, size_t width)
{
	static const uint8_t x87[3][10] = {
		{ 0xac, 0x79, 0xcf, 0xd1, 0xf7, 0x17, 0x72, 0xb1, 0xfe, 0x3f },
		{ 0xbc, 0xf0, 0x17, 0x5c, 0x29, 0x3b, 0xaa, 0xb8, 0xff, 0x3f },
		{ 0x35, 0xc2, 0x68, 0x21, 0xa2, 0xda, 0x0f, 0xc9, 0x00, 0x40 },
	};
	for (int i = 0; i < 15; i++) {
		if (asleep && (i == 0 || i == 2 || i == 10)) // a system call's own
			continue;
		check(found_general[i] == hold_general[i], "%s: %#lx, not %#lx", register_names[i], found_general[i],
		      hold_general[i]);
	}
	for (int i = 0; i < 16; i++) {
		char name[16];
		snprintf(name, sizeof(name), "vector %d", i);
		check_bytes(name, found_vectors[i], hold_vectors[i], width);
	}
	for (int i = 0; i < 3; i++)
		check_bytes("x87 register", found_x87[i], x87[i], 9); // the last bits of a constant are rounded as told
	check_is("MXCSR", found_mxcsr, hold_mxcsr);
	check_is("x87 control word", found_control, hold_control);
}

static void hold(void (*held)(void), int asleep, size_t width)
{
	struct sigaction action = { .sa_sigaction = stop, .sa_flags = SA_SIGINFO };
	pid_t me = getpid();
	hold_begun = map(PAGE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	for (int i = 0; i < 15; i++)
		hold_general[i] = 0x0101010101010101ul * (i + 1) ^ (uint64_t)i << 60;
	fill(hold_vectors, sizeof(hold_vectors), 5);
	need("sigaction", sigaction(SIGUSR1, &action, NULL));
	pid_t pid = child();
	if (pid == 0) {
		while (!*hold_begun)
			nap(0.01);
		if (asleep)
			until_asleep(me, me);
		nap(0.3); // until it holds all
		across();
		kill(me, SIGUSR1);
		end_child();
	}
	if (!asleep)
		setpriority(PRIO_PROCESS, 0, 19); // others have work to do
	held();
	compare(asleep, width);
	join(pid);
}

static void busy(void)
{
	hold(ow_hold_busy, 0, 16);
}

static void asleep(void)
{
	hold(ow_hold_asleep, 1, 16);
}

static void need_avx(void)
{
	if (!__builtin_cpu_supports("avx"))
		skip("this processor has no AVX");
}

static void avx_busy(void)
{
	need_avx();
	hold(ow_hold_avx_busy, 0, 32);
}

static void avx_asleep(void)
{
	need_avx();
	hold(ow_hold_avx_asleep, 1, 32);
}

static double chain(double x)
{
	for (int i = 0; i < 100000; i++)
		x = 3.9999 * x * (1 - x);
	return x;
}

static long double long_chain(long double x)
{
	for (int i = 0; i < 50000; i++)
		x = 3.9999L * x * (1 - x);
	return x;
}

// A chaotic sequence, again and again: one wrong bit on the way and the end is another.
static void floating(void)
{
	volatile double seed = 0.123456789;
	volatile long double long_seed = 0.123456789L;
	double first = chain(seed);
	long double long_first = long_chain(long_seed);
	setpriority(PRIO_PROCESS, 0, 19);
	ready();
	do {
		if (broken(1))
			seed = 0.123456788;
		if (broken(2))
			long_seed = 0.123456788L;
		double found = chain(seed);
		long double long_found = long_chain(long_seed);
		check(found == first, "doubles: %.17g, not %.17g", found, first);
		check(long_found == long_first, "long doubles: %.20Lg, not %.20Lg", long_found, long_first);
	} while (!after() && !*reasons);
}

static void bases(void)
{
	unsigned long fs = 0, gs = 0, fs_now = 0;
	need("arch_prctl", syscall(SYS_arch_prctl, ARCH_SET_GS, 0x700012345000ul));
	need("arch_prctl", syscall(SYS_arch_prctl, ARCH_GET_FS, &fs));
	across();
	if (broken(1))
		need("arch_prctl", syscall(SYS_arch_prctl, ARCH_SET_GS, 0ul));
	need("arch_prctl", syscall(SYS_arch_prctl, ARCH_GET_FS, &fs_now));
	need("arch_prctl", syscall(SYS_arch_prctl, ARCH_GET_GS, &gs));
	check_is("base of gs", gs, 0x700012345000);
	check_is("base of fs", fs_now, fs);
}

const struct victim register_victims[] = {
	{ "regs-busy", "all registers while it runs: general, SSE, x87, MXCSR", busy, LAST, NULL },
	{ "regs-asleep", "all registers while it sleeps in a system call", asleep, 0, NULL },
	{ "avx-busy", "AVX registers while it runs", avx_busy, LAST, NULL },
	{ "avx-asleep", "AVX registers while it sleeps", avx_asleep, 0, NULL },
	{ "floating", "floating point sequences, computed all the time", floating, LAST, NULL },
	{ "bases", "bases of fs and gs", bases, 0, NULL },
	{ NULL, NULL, NULL, 0, NULL },
};
