// SPDX-License-Identifier: GPL-2.0-only
/* This kernel, as the validator of plans wants to know it. */
#include <linux/ioport.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <asm/fpu/api.h>
#include <asm/pgtable.h>

#include "../plan/plan_validate.h"
#include "session.h"

static bool is_ram(const struct resource *resource)
{
	return (resource->flags & IORESOURCE_SYSTEM_RAM) == IORESOURCE_SYSTEM_RAM;
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
	return 0;
}
