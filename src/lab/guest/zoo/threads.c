// What a thread has beyond its process: wide registers, segment bases, robust locks held, 32-bit entry into the
// kernel, a system call that goes on after a stop, a signal handler on another stack.

#include "zoo.h"

#include <asm/ldt.h>
#include <asm/prctl.h>
#include <linux/futex.h>
#include <poll.h>
#include <pthread.h>
#include <time.h>

#define ROBUST_AT ((char *)0x200000000ul)

// Three robust locks at known places, 256 bytes apart; the second is a PI futex.
static void robust(void)
{
	char *page = mmap(ROBUST_AT, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
	if (page == MAP_FAILED)
		must("mmap", -1);
	for (int i = 0; i < 3; i++) {
		pthread_mutex_t *mutex = (pthread_mutex_t *)(page + i * 256);
		pthread_mutexattr_t attribute;
		pthread_mutexattr_init(&attribute);
		pthread_mutexattr_setrobust(&attribute, PTHREAD_MUTEX_ROBUST);
		if (i == 1)
			pthread_mutexattr_setprotocol(&attribute, PTHREAD_PRIO_INHERIT);
		pthread_mutex_init(mutex, &attribute);
		errno = pthread_mutex_lock(mutex);
		must("pthread_mutex_lock", errno ? -1 : 0);
	}
	ready();
}

// pause() by the gate that 32-bit programs use: other registers, another table.
static void entry32(void)
{
	ready();
	__asm__ volatile("push %%rbp\n movl $0x55555555, %%ebp\n"
			 "1: movl $29, %%eax\n int $0x80\n jmp 1b\n"
			 ::"b"(0xb0b0b0b0u), "c"(0xc0c0c0c0u), "d"(0xd0d0d0d0u), "S"(0x51515151u), "D"(0xd1d1d1d1u)
			 : "rax", "r8", "r9", "r10", "r11", "memory");
}

// Stopped and continued while they wait: the kernel goes on with restart_syscall(2).
static void restarted(void)
{
	static uint32_t word;
	struct timespec year = { .tv_sec = 31536000 };
	struct pollfd nothing = { .fd = -1 };
	pid_t children[3];
	if ((children[0] = child("zoo-resleep")) == 0) {
		syscall(SYS_nanosleep, &year, NULL);
		sleep_forever();
	}
	if ((children[1] = child("zoo-repoll")) == 0) {
		syscall(SYS_poll, &nothing, 1, 1000000000);
		sleep_forever();
	}
	if ((children[2] = child("zoo-refutex")) == 0) {
		syscall(SYS_futex, &word, FUTEX_WAIT, 0, &year, NULL, 0);
		sleep_forever();
	}
	usleep(200000);
	for (int i = 0; i < 3; i++)
		kill(children[i], SIGSTOP);
	usleep(200000);
	for (int i = 0; i < 3; i++)
		kill(children[i], SIGCONT);
	usleep(200000);
	ready();
}

// A descriptor in the GDT, and a base for gs that no selector has.
static void bases(void)
{
	static struct user_desc segment = { // static: below 4 GiB
		.entry_number = -1u, .base_addr = 0x12345678, .limit = 0xfffff,
		.seg_32bit = 1, .limit_in_pages = 1, .useable = 1,
	};
	// Only the 32-bit gate has set_thread_area.
	long result = 243;
	__asm__ volatile("int $0x80" : "+a"(result) : "b"(&segment) : "memory", "r8", "r9", "r10", "r11");
	errno = -(int)result;
	must("set_thread_area", (int)result < 0 ? -1 : 0);
	must("arch_prctl", syscall(SYS_arch_prctl, ARCH_SET_GS, 0x700012345000ul));
	ready();
}

static void on_trap(int signal)
{
	(void)signal;
	ready();
	sleep_forever();
}

static __attribute__((noinline)) void trapped(void)
{
	__asm__ volatile("ud2");
}

static __attribute__((noinline)) void caller_of_trapped(void)
{
	trapped();
	__asm__ volatile("");
}

// Asleep in a handler on another stack; the interrupted instruction is the first of trapped().
static void in_handler(void)
{
	static char stack[65536];
	stack_t alternate = { .ss_sp = stack, .ss_size = sizeof(stack) };
	struct sigaction action = { .sa_handler = on_trap, .sa_flags = SA_ONSTACK };
	sigaltstack(&alternate, NULL);
	sigaction(SIGILL, &action, NULL);
	caller_of_trapped();
	__asm__ volatile("");
}

// Known values in all of the YMM registers, asleep in pause().
static __attribute__((target("avx"))) void wide(void)
{
	static uint64_t vectors[16][4] __attribute__((aligned(32)));
	if (!__builtin_cpu_supports("avx"))
		skip("no AVX");
	for (int i = 0; i < 16; i++)
		for (int j = 0; j < 4; j++)
			vectors[i][j] = 0xa000000000000000ull + i * 0x100 + j;
	ready();
#define LOAD(n, at) "vmovdqa " #at "(%0), %%ymm" #n "\n"
	__asm__ volatile(LOAD(0, 0) LOAD(1, 32) LOAD(2, 64) LOAD(3, 96) LOAD(4, 128) LOAD(5, 160) LOAD(6, 192)
			 LOAD(7, 224) LOAD(8, 256) LOAD(9, 288) LOAD(10, 320) LOAD(11, 352) LOAD(12, 384)
			 LOAD(13, 416) LOAD(14, 448) LOAD(15, 480)
			 "1: movl $34, %%eax\n syscall\n jmp 1b\n" ::"r"(vectors)
			 : "rax", "rcx", "r11", "memory");
}

const struct specimen thread_specimens[] = {
	{ "robust", robust }, { "entry32", entry32 },	 { "restarted", restarted }, { "bases", bases },
	{ "handler", in_handler }, { "wide", wide }, { NULL, NULL },
};
