// SPDX-License-Identifier: GPL-2.0-only
/*
 * The address space: everything outside the executor's windows is unmapped, the plan's VMAs are mapped at their addresses,
 * and the module copies the pages. The bits of vm_flags are those of include/linux/mm.h; they are the same in all kernels
 * that the module is built for.
 */
#include <asm/prctl.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/prctl.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/shm.h>

#include "bringup.h"
#include "process.h"
#include "self.h"
#include "sys.h"

#define VM_READ 0x1UL
#define VM_WRITE 0x2UL
#define VM_EXEC 0x4UL
#define VM_SHARED 0x8UL
#define VM_MAYSHARE 0x80UL
#define VM_GROWSDOWN 0x100UL
#define VM_LOCKED 0x2000UL
#define VM_SEQ_READ 0x8000UL
#define VM_RAND_READ 0x10000UL
#define VM_DONTCOPY 0x20000UL
#define VM_LOCKONFAULT 0x80000UL
#define VM_ACCOUNT 0x100000UL
#define VM_NORESERVE 0x200000UL
#define VM_HUGETLB 0x400000UL
#define VM_SYNC 0x800000UL
#define VM_WIPEONFORK 0x2000000UL
#define VM_DONTDUMP 0x4000000UL
#define VM_HUGEPAGE 0x20000000UL
#define VM_NOHUGEPAGE 0x40000000UL
#define VM_MERGEABLE 0x80000000UL
#define VM_DROPPABLE 0x10000000000UL /* 6.11; of vgetrandom's states */

#ifndef MAP_DROPPABLE
#define MAP_DROPPABLE 0x08
#endif
#ifndef MADV_GUARD_INSTALL
#define MADV_GUARD_INSTALL 102 /* 6.13; of files 6.15 */
#endif

static int protection_of(uint64_t vm_flags)
{
	return (vm_flags & VM_READ ? PROT_READ : 0) | (vm_flags & VM_WRITE ? PROT_WRITE : 0) |
	       (vm_flags & VM_EXEC ? PROT_EXEC : 0);
}

static bool is_private(const struct owp_vma *vma)
{
	return !(vma->vm_flags & VM_MAYSHARE);
}

/*
 * Private memory that was written once and is read-only now (relocations made read-only) still counts as committed: it is
 * mapped as it was then and protected after it is filled, so that it is accounted for as it was.
 */
static bool was_writable(const struct owp_vma *vma)
{
	return is_private(vma) && (vma->vm_flags & VM_ACCOUNT) && !(vma->vm_flags & VM_WRITE);
}

static int backing_fd(const struct owp_vma *vma)
{
	switch (vma->kind) {
	case OWP_VMA_KIND_FILE_PRIVATE:
	case OWP_VMA_KIND_FILE_SHARED:
	case OWP_VMA_KIND_DEVICE:
		return vma->backing == OWP_NONE ? -1 : ex.file_fd[vma->backing];
	case OWP_VMA_KIND_SHARED_MEMORY:
	case OWP_VMA_KIND_SHARED_MEMORY_PRIVATE:
		return vma->backing == OWP_NONE ? -1 : ex.shared_memory_fd[vma->backing];
	default:
		return -1;
	}
}

static long attach_segment(const struct owp_vma *vma)
{
	int flags = vma->vm_flags & VM_WRITE ? 0 : SHM_RDONLY;

	if (vma->vm_flags & VM_EXEC)
		flags |= SHM_EXEC;
	return sys(shmat, ex.shm_id[vma->backing], vma->start, flags);
}

static long map_vma(const struct owp_vma *vma)
{
	int sharing = vma->vm_flags & VM_DROPPABLE ? MAP_DROPPABLE : is_private(vma) ? MAP_PRIVATE : MAP_SHARED;
	int flags = MAP_FIXED_NOREPLACE | sharing;
	int protection = protection_of(vma->vm_flags);
	int fd = -1;

	if (vma->kind == OWP_VMA_KIND_SPECIAL)
		return -EOPNOTSUPP;
	if (vma->kind == OWP_VMA_KIND_SHARED_MEMORY && ex.shared_memory_fd[vma->backing] < 0 &&
	    ex.shm_id[vma->backing] >= 0)
		return attach_segment(vma);
	if (vma->kind == OWP_VMA_KIND_ANONYMOUS) {
		flags |= MAP_ANONYMOUS;
	} else {
		fd = backing_fd(vma);
		if (fd < 0)
			return -EBADF;
	}
	if (vma->vm_flags & VM_GROWSDOWN)
		flags |= MAP_GROWSDOWN;
	if (vma->vm_flags & VM_NORESERVE)
		flags |= MAP_NORESERVE;
	if (vma->vm_flags & VM_HUGETLB && fd < 0)
		flags |= MAP_HUGETLB;
	if (was_writable(vma))
		protection |= PROT_WRITE;
	return sys(mmap, vma->start, vma->end - vma->start, protection, flags, fd, fd < 0 ? 0 : vma->offset);
}

/* The kernel's own pages of code and data go to where they were; all of them with one call. */
static int map_vdso(const struct owp_mm *mm)
{
	const struct owp_vma *vma = OWP_RECORDS(&ex.plan, vma, VMA) + mm->vmas.first;
	uint64_t start = mm->vdso;
	long mapped;

	if (!mm->vdso)
		return 0;
	for (uint32_t i = 0; i < mm->vmas.count; i++)
		if (vma[i].kind == OWP_VMA_KIND_VVAR && vma[i].start < start)
			start = vma[i].start;
	mapped = sys(arch_prctl, ARCH_MAP_VDSO_64, start);
	ex.detail = start;
	return mapped < 0 ? mapped : 0;
}

int make_mm(struct self *self)
{
	const struct owp_vma *vma;
	int error;

	if (!self->mm)
		return -EINVAL;
	error = leave_all_but_windows();
	if (!error)
		error = map_vdso(self->mm);
	if (error)
		return error;
	vma = OWP_RECORDS(&ex.plan, vma, VMA) + self->mm->vmas.first;
	for (uint32_t i = 0; i < self->mm->vmas.count; i++) {
		long at;

		if (vma[i].kind == OWP_VMA_KIND_VDSO || vma[i].kind == OWP_VMA_KIND_VVAR)
			continue;
		at = is_in_windows(vma[i].start, vma[i].end) ? -EEXIST : map_vma(&vma[i]);
		if (at >= 0 && (uint64_t)at == vma[i].start)
			continue;
		ex.child = i;
		ex.detail = vma[i].start;
		return at < 0 ? at : -EEXIST;
	}
	return 0;
}

static const struct {
	uint64_t bit;
	int advice;
} advices[] = {
	{ VM_DONTCOPY, MADV_DONTFORK },	     { VM_DONTDUMP, MADV_DONTDUMP },   { VM_WIPEONFORK, MADV_WIPEONFORK },
	{ VM_MERGEABLE, MADV_MERGEABLE },    { VM_HUGEPAGE, MADV_HUGEPAGE },   { VM_NOHUGEPAGE, MADV_NOHUGEPAGE },
	{ VM_SEQ_READ, MADV_SEQUENTIAL },    { VM_RAND_READ, MADV_RANDOM },
};

/* Before it is locked: a locked mapping takes no guards. */
static int install_guards(const struct owp_vma *vma)
{
	const struct owp_guard_range *guard = OWP_RECORDS(&ex.plan, guard_range, GUARD_RANGE) + vma->guards.first;

	for (uint32_t i = 0; i < vma->guards.count; i++, guard++) {
		long error = sys(madvise, guard->start, guard->end - guard->start, MADV_GUARD_INSTALL);

		if (error) {
			ex.detail = guard->start;
			return error;
		}
	}
	return 0;
}

/* What mmap(2) cannot say. Advice is advice: a kernel that does not take it is no reason to lose a process. */
static int finish_vma(const struct owp_vma *vma)
{
	uint64_t bytes = vma->end - vma->start;
	long error = 0;

	if (was_writable(vma))
		error = sys(mprotect, vma->start, bytes, protection_of(vma->vm_flags));
	if (error)
		return error;
	if (vma->kind == OWP_VMA_KIND_VDSO || vma->kind == OWP_VMA_KIND_VVAR || vma->kind == OWP_VMA_KIND_DEVICE)
		return 0;
	for (unsigned i = 0; i < sizeof(advices) / sizeof(*advices); i++)
		if (vma->vm_flags & advices[i].bit)
			sys(madvise, vma->start, bytes, advices[i].advice);
	if (vma->vm_flags & VM_LOCKED)
		error = sys(mlock2, vma->start, bytes, vma->vm_flags & VM_LOCKONFAULT ? MLOCK_ONFAULT : 0);
	/* It is locked, with all that it has; what a guard keeps mlock(2) from is to touch what is not there. */
	if (error == -ENOMEM && vma->guards.count)
		error = 0;
	if (!error && vma->kind == OWP_VMA_KIND_ANONYMOUS && vma->name.bytes > 7) {
		/* "[anon:NAME]" */
		const char *shown = owp_string(&ex.plan, vma->name);
		char name[80];
		uint32_t length = vma->name.bytes - 7;

		if (__builtin_memcmp(shown, "[anon:", 6) || length >= sizeof(name))
			return 0;
		__builtin_memcpy(name, shown + 6, length);
		name[length] = 0;
		sys(prctl, PR_SET_VMA, PR_SET_VMA_ANON_NAME, vma->start, bytes, name);
	}
	return error;
}

/* Bounds, arguments, environment, auxiliary vector and executable: prctl(2), PR_SET_MM_MAP. */
static int set_bounds(const struct self *self)
{
	const struct owp_mm *mm = self->mm;
	struct prctl_mm_map map = {
		.start_code = mm->start_code, .end_code = mm->end_code,
		.start_data = mm->start_data, .end_data = mm->end_data,
		.start_brk = mm->start_brk, .brk = mm->brk, .start_stack = mm->start_stack,
		.arg_start = mm->arg_start, .arg_end = mm->arg_end,
		.env_start = mm->env_start, .env_end = mm->env_end,
		.auxv = (void *)owp_bytes(&ex.plan, mm->auxv), .auxv_size = mm->auxv.bytes,
		.exe_fd = self->exe_fd,
	};

	if (self->exe_fd < 0) {
		ex.detail = 0;
		return self->exe_fd;
	}
	return sys(prctl, PR_SET_MM, PR_SET_MM_MAP, &map, sizeof(map), 0);
}

int fill_mm(struct self *self)
{
	const struct owp_vma *vma = OWP_RECORDS(&ex.plan, vma, VMA) + self->mm->vmas.first;

	for (uint32_t i = 0; i < self->mm->vmas.count; i++) {
		int error = copy_runs(vma[i].pages, (void *)0, 0);

		if (!error)
			error = install_guards(&vma[i]);
		if (!error)
			error = finish_vma(&vma[i]);
		if (error) {
			ex.child = i;
			if (!ex.detail)
				ex.detail = vma[i].start;
			return error;
		}
	}
	return set_bounds(self);
}
