/* SPDX-License-Identifier: GPL-2.0-only */
/* What differs between the kernels that the module is built for, and nothing else. */
#ifndef OTHERWORLD_COMPAT_H
#define OTHERWORLD_COMPAT_H

#include <linux/mm.h>
#include <linux/sched.h>
#include <linux/version.h>

/* Tasks without a user half. 6.4 has one flag for all workers of the kernel's that users' processes clone. */
#ifdef PF_USER_WORKER
#define OW_KERNEL_TASKS (PF_KTHREAD | PF_USER_WORKER)
#else
#define OW_KERNEL_TASKS (PF_KTHREAD | PF_IO_WORKER)
#endif

/* 6.3: vm_flags became read-only, with functions that take the lock (bc292ab00f6c). */
static inline void ow_clear_vm_flags(struct vm_area_struct *vma, vm_flags_t flags)
{
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 3, 0)
	vm_flags_clear(vma, flags);
#else
	vma->vm_flags &= ~flags;
#endif
}

#endif
