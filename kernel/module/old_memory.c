// SPDX-License-Identifier: GPL-2.0-only
/*
 * The memory of the dead kernel. A crash kernel's own map does not hold it (kexec gave it the reservation alone), so it is
 * mapped as what it is, cacheable RAM, by memremap(). A window stays mapped once it is: frames are read many times in the
 * neighbourhood, and a mapping costs more than a copy.
 */
#include <linux/err.h>
#include <linux/io.h>
#include <linux/mm.h>
#include <linux/ioport.h>
#include <linux/mutex.h>
#include <linux/xarray.h>

#include "session.h"

#define WINDOW_SHIFT 25 /* 32 MiB: huge pages, few mappings */
#define WINDOW_FRAMES (1UL << (WINDOW_SHIFT - PAGE_SHIFT))

/* Windows by number; where part of one is this kernel's own memory, its frames are mapped one by one. */
static DEFINE_XARRAY(windows);
static DEFINE_XARRAY(single_frames);
static DEFINE_MUTEX(mapping);

static void *map(struct xarray *kept, unsigned long index, resource_size_t start, size_t bytes)
{
	void *at = xa_load(kept, index);
	int error;

	if (at)
		return at;
	if (region_intersects(start, bytes, IORESOURCE_SYSTEM_RAM, IORES_DESC_NONE) != REGION_DISJOINT)
		return ERR_PTR(-EPERM); /* this kernel's own */
	at = memremap(start, bytes, MEMREMAP_WB);
	if (!at)
		return ERR_PTR(-ENOMEM);
	error = xa_err(xa_store(kept, index, at, GFP_KERNEL));
	if (error) {
		memunmap(at);
		return ERR_PTR(error);
	}
	return at;
}

const void *ow_old_frame(u64 pfn)
{
	unsigned long window = pfn / WINDOW_FRAMES;
	u64 start = (u64)window << WINDOW_SHIFT;
	void *at = ERR_PTR(-ENXIO);

	mutex_lock(&mapping);
	if (ow_was_ram(start, 1UL << WINDOW_SHIFT))
		at = map(&windows, window, start, 1UL << WINDOW_SHIFT);
	if (!IS_ERR(at))
		at += (pfn % WINDOW_FRAMES) << PAGE_SHIFT;
	else if (ow_was_ram(pfn << PAGE_SHIFT, PAGE_SIZE))
		at = map(&single_frames, pfn, (resource_size_t)pfn << PAGE_SHIFT, PAGE_SIZE);
	mutex_unlock(&mapping);
	return at;
}

const void *ow_old_page(u64 address)
{
	const void *page = ow_old_frame(address >> PAGE_SHIFT);

	return IS_ERR(page) ? NULL : page;
}

static void unmap_all(struct xarray *kept)
{
	unsigned long index;
	void *at;

	xa_for_each(kept, index, at)
		memunmap(at);
	xa_destroy(kept);
}

void ow_old_memory_exit(void)
{
	unmap_all(&windows);
	unmap_all(&single_frames);
}
