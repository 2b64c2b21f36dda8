// SPDX-License-Identifier: GPL-2.0-only
/* This machine, and the kernel that died on it, as the validator of plans wants to know them. */
#include <linux/ioport.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <asm/pgtable.h>

#include "../plan/plan_validate.h"
#include "cpu_state.h"
#include "session.h"

#define MXCSR_MASK_AT 28
#define FXSAVE_BYTES 512

static bool is_ram(const struct resource *resource)
{
	return (resource->flags & IORESOURCE_SYSTEM_RAM) == IORESOURCE_SYSTEM_RAM;
}

/* The bits of MXCSR that this CPU knows: FXSAVE tells them; what else it saves is not looked at. 0: all but the reserved ones. */
static u32 mxcsr_mask(void)
{
	u8 *area = kzalloc(FXSAVE_BYTES, GFP_KERNEL); /* aligned to its size */
	u32 mask = 0;

	if (area) {
		ow_save_vectors(area, OW_PANIC_FXSAVE, 0);
		mask = *(u32 *)(area + MXCSR_MASK_AT);
		kfree(area);
	}
	return mask;
}

/* What XRSTOR of a program may load. */
static u64 xfeatures(void)
{
	u64 features = 3; /* FXRSTOR's */

	if (boot_cpu_has(X86_FEATURE_OSXSAVE))
		features = ow_xgetbv0();
	if (boot_cpu_has(X86_FEATURE_XSAVES))
		features |= ow_rdmsr(MSR_IA32_XSS);
	return features;
}

static void describe_dead_kernel(struct owp_machine *machine)
{
	machine->ram = ow_dead_ram(&machine->rams);
	if (ow_dead.release[0])
		machine->release = ow_dead.release;
	if (ow_dead.has_build_id)
		machine->build_id = ow_dead.build_id;
	machine->kaslr_offset = ow_dead.kaslr_offset;
	machine->placed = ow_dead.placed;
	machine->old_page = ow_old_page;
}

/*
 * The top of the tree of resources (/proc/iomem) tells this kernel's RAM. The tree's lock is not exported; RAM is only
 * added, and by nobody while a crash kernel resurrects.
 */
int ow_describe_machine(struct owp_machine *machine)
{
	struct owp_memory *own;
	const struct resource *each;
	u32 count = 0;

	for (each = iomem_resource.child; each; each = each->sibling)
		count += is_ram(each);
	own = kcalloc(max_t(u32, count, 1), sizeof(*own), GFP_KERNEL);
	if (!own)
		return -ENOMEM;
	machine->own = own;
	for (each = iomem_resource.child; each && machine->own_ranges < count; each = each->sibling)
		if (is_ram(each))
			own[machine->own_ranges++] = (struct owp_memory){ each->start, each->end + 1 };
	machine->paging_levels = pgtable_l5_enabled() ? 5 : 4;
	machine->xfeatures = xfeatures();
	machine->mxcsr_mask = mxcsr_mask();
	describe_dead_kernel(machine);
	return 0;
}
