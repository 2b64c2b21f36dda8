// SPDX-License-Identifier: GPL-2.0-only
// The init of a guest that panics while another CPU computes: loads otherworld.ko and, with `way=kexec`, the crash kernel;
// starts a program on CPU 1 that says what it will hold in its registers, and then counts in two of them; panics.
#define _GNU_SOURCE
#include <asm/prctl.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#define GS_BASE 0x123456789000UL
#define SPINNER_CPU 1
#define KEXEC_FILE_ON_CRASH 2
#define KEXEC_FILE_NO_INITRAMFS 4

static void must(int ok, const char *what)
{
	if (ok)
		return;
	printf("init failed: %s: %s\n", what, strerror(errno));
	for (;;)
		pause();
}

static void on_cpu(int cpu)
{
	cpu_set_t set;
	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	must(sched_setaffinity(0, sizeof(set), &set) == 0, "sched_setaffinity");
}

// What the vector registers 2 to 15 hold: two words for each.
static uint64_t held[28] __attribute__((aligned(16)));
static const uint64_t step[2] __attribute__((aligned(16))) = { 1, 256 };

// bx counts; xmm0 counts with it, its upper half 256 times as fast. Nothing else changes, and no system call is made.
static void count(void)
{
	asm volatile("movdqa 0(%0), %%xmm2; movdqa 16(%0), %%xmm3; movdqa 32(%0), %%xmm4; movdqa 48(%0), %%xmm5\n"
		     "movdqa 64(%0), %%xmm6; movdqa 80(%0), %%xmm7; movdqa 96(%0), %%xmm8; movdqa 112(%0), %%xmm9\n"
		     "movdqa 128(%0), %%xmm10; movdqa 144(%0), %%xmm11; movdqa 160(%0), %%xmm12\n"
		     "movdqa 176(%0), %%xmm13; movdqa 192(%0), %%xmm14; movdqa 208(%0), %%xmm15\n"
		     "movdqa (%1), %%xmm1; pxor %%xmm0, %%xmm0; xor %%ebx, %%ebx\n"
		     "mov $0x1111222233334444, %%r8; mov $0x5555666677778888, %%r9\n"
		     "mov $0x9999aaaabbbbcccc, %%r12; mov $0xddddeeeeffff0000, %%r15\n"
		     "1: inc %%rbx; paddq %%xmm1, %%xmm0; jmp 1b\n"
		     :
		     : "r"(held), "r"(step)
		     : "memory", "rbx", "r8", "r9", "r12", "r15");
}

static void spin(int ready)
{
	unsigned long fs;

	on_cpu(SPINNER_CPU);
	must(syscall(SYS_arch_prctl, ARCH_SET_GS, GS_BASE) == 0, "ARCH_SET_GS");
	must(syscall(SYS_arch_prctl, ARCH_GET_FS, &fs) == 0, "ARCH_GET_FS");
	for (int i = 0; i < 28; i++)
		held[i] = 0x0101010101010101UL * (i + 1) ^ 0xdead00000000beefUL;
	printf("spinner pid %d fs %lx gs %lx r8 1111222233334444 r9 5555666677778888 r12 9999aaaabbbbcccc "
	       "r15 ddddeeeeffff0000\n",
	       getpid(), fs, GS_BASE);
	for (int i = 0; i < 14; i++)
		printf("spinner xmm%d %016lx%016lx\n", i + 2, held[2 * i + 1], held[2 * i]);
	must(write(ready, "", 1) == 1, "pipe");
	count();
}

// System calls without end, for the CPU to be met in their entry and exit as often as elsewhere.
static void call(void)
{
	on_cpu(SPINNER_CPU + 1);
	printf("caller pid %d gets %d\n", getpid(), getppid());
	for (;;)
		getppid();
}

static void load(const char *way)
{
	int module = open("/otherworld.ko", O_RDONLY);
	must(syscall(SYS_finit_module, module, "", 0) == 0, "otherworld.ko");
	if (!way)
		return;
	static const char line[] = "console=ttyS0 panic=0 nr_cpus=1 loglevel=4";
	int kernel = open("/vmlinuz", O_RDONLY);
	must(syscall(SYS_kexec_file_load, kernel, -1, sizeof(line), line,
		     KEXEC_FILE_ON_CRASH | KEXEC_FILE_NO_INITRAMFS) == 0,
	     "kexec_file_load");
}

int main(void)
{
	static char line[2048];
	int ready[2];
	char byte;

	setvbuf(stdout, NULL, _IOLBF, 0);
	mkdir("/proc", 0755);
	must(mount("proc", "/proc", "proc", 0, NULL) == 0, "/proc");
	must(read(open("/proc/cmdline", O_RDONLY), line, sizeof(line) - 1) > 0, "/proc/cmdline");
	load(strstr(line, "way=kexec"));
	must(pipe(ready) == 0, "pipe");
	if (fork() == 0)
		call();
	if (fork() == 0)
		spin(ready[1]);
	must(read(ready[0], &byte, 1) == 1, "spinner");
	on_cpu(0);
	usleep(500000);
	int trigger = open("/proc/sysrq-trigger", O_WRONLY);
	must(write(trigger, "c", 1) == 1, "sysrq-trigger");
	for (;;)
		pause();
}
