// SPDX-License-Identifier: GPL-2.0-only
/*
 * otherworld.ko: in a crash kernel /dev/otherworld, through which the executor brings back the processes of the dead
 * kernel; in a main kernel the saving of what a panic would lose. Which it is the kernel tells: only a crash kernel has an
 * ELF core header of a dead one.
 */
#include <linux/capability.h>
#include <linux/crash_dump.h>
#include <linux/fs.h>
#include <linux/miscdevice.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/slab.h>
#include <linux/uaccess.h>
#include <linux/user_namespace.h>
#include <linux/vmalloc.h>

#include "../plan/plan_validate.h"
#include "compat.h"
#include "panic_save.h"
#include "session.h"

/* Address space and checksum are cheap; a plan of this size has 10 million runs. */
#define PLAN_LIMIT (1ULL << 30)

struct ow_session ow_session = {
	.lock = __MUTEX_INITIALIZER(ow_session.lock),
	.wait = __WAIT_QUEUE_HEAD_INITIALIZER(ow_session.wait),
};

/* 0, or -errno; -EINVAL with the fault that says why. */
static int validate(void *plan, u64 bytes, struct ow_submit *submit)
{
	struct owp_machine machine = {};
	int error = ow_describe_machine(&machine);

	if (error)
		return error;
	if (!(submit->flags & OW_SUBMIT_ANY_VDSO))
		machine.vdso_build_id = submit->vdso_build_id;
	machine.scratch_bytes = owp_scratch_bytes(plan, bytes);
	machine.scratch = kvmalloc(machine.scratch_bytes, GFP_KERNEL);
	error = -ENOMEM;
	if (machine.scratch)
		error = owp_validate(plan, bytes, &machine, &ow_session.view, &submit->fault) ? -EINVAL : 0;
	kvfree(machine.scratch);
	kfree(machine.own);
	return error;
}

/* The plan is copied first and validated after: user space cannot change it between the two. */
static int take_plan(struct ow_submit *submit)
{
	void *plan;
	int error = -EFAULT;

	if (submit->flags & ~OW_SUBMIT_ANY_VDSO)
		return -EINVAL;
	if (submit->bytes < sizeof(struct owp_header) || submit->bytes > PLAN_LIMIT)
		return -EINVAL;
	plan = vmalloc_user(submit->bytes);
	if (!plan)
		return -ENOMEM;
	if (copy_from_user(plan, u64_to_user_ptr(submit->plan), submit->bytes))
		goto refuse;
	error = validate(plan, submit->bytes, submit);
	if (error)
		goto refuse;
	ow_session.departures = kvcalloc(max_t(u64, OWP_COUNT(&ow_session.view, PROCESS), 1),
					 sizeof(*ow_session.departures), GFP_KERNEL);
	error = -ENOMEM;
	if (!ow_session.departures)
		goto refuse;
	ow_session.plan = plan;
	ow_session.bytes = submit->bytes;
	error = ow_journal_begin(submit->bytes);
	if (!error)
		return 0;
	ow_session.plan = NULL;
	kvfree(ow_session.departures);
	ow_session.departures = NULL;
refuse:
	vfree(plan);
	return error;
}

static long submit_plan(struct ow_submit __user *argument)
{
	struct ow_submit submit;
	long error;

	if (copy_from_user(&submit, argument, sizeof(submit)))
		return -EFAULT;
	memset(&submit.fault, 0, sizeof(submit.fault));
	mutex_lock(&ow_session.lock);
	error = ow_session.plan ? -EBUSY : take_plan(&submit);
	mutex_unlock(&ow_session.lock);
	if (copy_to_user(argument, &submit, sizeof(submit)))
		return -EFAULT;
	return error;
}

/* Between a plan's acceptance and the module's end nothing of the session's plan changes: no lock is needed to read it. */
static bool has_plan(void)
{
	return smp_load_acquire(&ow_session.plan) != NULL;
}

static long device_ioctl(struct file *file, unsigned int command, unsigned long argument)
{
	void __user *at = (void __user *)argument;

	if (command == OW_SUBMIT)
		return submit_plan(at);
	if (!has_plan())
		return -ENODATA;
	switch (command) {
	case OW_COPY_RUNS:
		return ow_copy_runs(at);
	case OW_JOURNAL:
		return ow_journal_write(at);
	case OW_GO:
		return ow_declare(at);
	case OW_WAIT:
		return ow_wait(at);
	case OW_RELEASE:
		return ow_release();
	default:
		return -ENOTTY;
	}
}

static loff_t device_llseek(struct file *file, loff_t thread, int whence)
{
	if (whence != SEEK_SET)
		return -EINVAL;
	if (!has_plan())
		return -ENODATA;
	return ow_depart(thread);
}

static ssize_t device_read(struct file *file, char __user *to, size_t bytes, loff_t *position)
{
	return has_plan() ? ow_journal_read(to, bytes, position) : -ENODATA;
}

static int device_mmap(struct file *file, struct vm_area_struct *vma)
{
	if (!has_plan())
		return -ENODATA;
	if (vma->vm_flags & VM_WRITE)
		return -EPERM;
	ow_clear_vm_flags(vma, VM_MAYWRITE);
	return remap_vmalloc_range(vma, ow_session.plan, vma->vm_pgoff);
}

static int device_open(struct inode *inode, struct file *file)
{
	return ns_capable(&init_user_ns, CAP_SYS_ADMIN) ? 0 : -EPERM;
}

static const struct file_operations device_operations = {
	.owner = THIS_MODULE,
	.open = device_open,
	.read = device_read,
	.llseek = device_llseek,
	.unlocked_ioctl = device_ioctl,
	.mmap = device_mmap,
};

static struct miscdevice device = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = "otherworld",
	.mode = 0600,
	.fops = &device_operations,
};

static int __init otherworld_init(void)
{
	int error;

	if (!is_kdump_kernel())
		return ow_panic_save_init();
	error = ow_read_dead_kernel();
	if (!error)
		error = misc_register(&device);
	if (error) {
		pr_err("otherworld: who died here cannot be told: %d\n", error);
		ow_dead_kernel_exit();
	}
	return error;
}

static void __exit otherworld_exit(void)
{
	if (!is_kdump_kernel()) {
		ow_panic_save_exit();
		return;
	}
	misc_deregister(&device);
	ow_journal_end();
	ow_old_memory_exit();
	ow_dead_kernel_exit();
	kvfree(ow_session.departures);
	vfree(ow_session.plan);
}

module_init(otherworld_init);
module_exit(otherworld_exit);
MODULE_DESCRIPTION("Brings the processes of a dead kernel back");
MODULE_LICENSE("GPL");
