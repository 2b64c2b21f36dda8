// SPDX-License-Identifier: GPL-2.0-only
#include <elf.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/mman.h>

#include "self.h"
#include "sys.h"

#define PAGE 4096UL
/* End of user addresses with four levels of page tables; nothing of ours is above. */
#define USER_END 0x7ffffffff000UL

static int replace(unsigned long start, unsigned long end, int protection)
{
	unsigned long bytes = end - start;
	long copy = sys(mmap, 0, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	long error;

	if (copy < 0)
		return copy;
	memcpy((void *)copy, (const void *)start, bytes);
	error = sys(mprotect, copy, bytes, protection);
	if (error)
		return error;
	/* In one step: this code goes on in the copy, at the same address. */
	error = sys(mremap, copy, bytes, bytes, MREMAP_MAYMOVE | MREMAP_FIXED, start);
	return error < 0 ? error : 0;
}

int become_anonymous(void)
{
	const Elf64_Phdr *header = (const Elf64_Phdr *)getauxval(AT_PHDR);
	unsigned long count = getauxval(AT_PHNUM);

	for (unsigned long i = 0; i < count; i++) {
		unsigned long start = header[i].p_vaddr & ~(PAGE - 1);
		unsigned long end = (header[i].p_vaddr + header[i].p_memsz + PAGE - 1) & ~(PAGE - 1);
		int protection = (header[i].p_flags & PF_R ? PROT_READ : 0) |
				 (header[i].p_flags & PF_W ? PROT_WRITE : 0) |
				 (header[i].p_flags & PF_X ? PROT_EXEC : 0);
		int error;

		if (header[i].p_type != PT_LOAD)
			continue;
		error = replace(start, end, protection);
		if (error)
			return error;
	}
	return 0;
}

bool is_in_windows(uint64_t start, uint64_t end)
{
	return (start < IMAGE_END && end > IMAGE_START) || (start < WINDOW_END && end > WINDOW_START);
}

int on_own_stack(int (*run)(void))
{
	unsigned long low = STACKS_AT - MAIN_STACK_BYTES;
	long at = sys(mmap, low, MAIN_STACK_BYTES, PROT_READ | PROT_WRITE,
		      MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0);

	if (at < 0)
		return at;
	asm volatile("mov %0, %%rsp\n\t"
		     "xor %%ebp, %%ebp\n\t"
		     "call *%1\n\t"
		     "ud2"
		     :
		     : "r"(STACKS_AT), "r"(run)
		     : "memory");
	__builtin_unreachable();
}

int leave_all_but_windows(void)
{
	long error = sys(munmap, 0, IMAGE_START);

	if (!error)
		error = sys(munmap, IMAGE_END, WINDOW_START - IMAGE_END);
	return error ? error : sys(munmap, WINDOW_END, USER_END - WINDOW_END);
}
