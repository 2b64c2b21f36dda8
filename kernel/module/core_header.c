// SPDX-License-Identifier: GPL-2.0-only
/*
 * Who died: the ELF core header that kexec made when this crash kernel was loaded names the dead kernel's RAM and its
 * VMCOREINFO. Where it lies the crash kernel's command line tells; the kernel itself has forgotten it by now (vmcore_init() in
 * fs/proc/vmcore.c), so that whoever loads the module hands it on.
 */
#include <linux/err.h>
#include <linux/io.h>
#include <linux/kernel.h>
#include <linux/mm.h>
#include <linux/moduleparam.h>
#include <linux/slab.h>

#include "session.h"

static char *elfcorehdr;
module_param(elfcorehdr, charp, 0400);
MODULE_PARM_DESC(elfcorehdr, "In a crash kernel: elfcorehdr= of its command line, [SIZE@]ADDRESS");

struct owp_dead_kernel ow_dead;
static struct owp_memory *ram;
static u32 rams;

const struct owp_memory *ow_dead_ram(u32 *count)
{
	*count = rams;
	return ram;
}

/* Whether the dead kernel had RAM there from end to end: a mapping across anything else would be of devices too. */
bool ow_was_ram(u64 start, u64 bytes)
{
	u32 i;

	for (i = 0; i < rams; i++)
		if (start >= ram[i].start && start < ram[i].end && bytes <= ram[i].end - start)
			return true;
	return false;
}

/* A copy; ERR_PTR. */
static void *copy_physical(u64 start, u64 bytes)
{
	void *copy, *at;

	copy = kvmalloc(bytes, GFP_KERNEL);
	if (!copy)
		return ERR_PTR(-ENOMEM);
	at = memremap(start, bytes, MEMREMAP_WB);
	if (!at) {
		kvfree(copy);
		return ERR_PTR(-ENXIO);
	}
	memcpy(copy, at, bytes);
	memunmap(at);
	return copy;
}

/* Notes of CPUs are smaller than a page; VMCOREINFO is a page and its head. */
#define MOST_NOTE_BYTES (4 * PAGE_SIZE)

static bool take_note(const struct owp_memory *place)
{
	u64 bytes = min_t(u64, place->end - place->start, MOST_NOTE_BYTES);
	void *note;
	bool taken;

	if (!ow_was_ram(place->start, bytes))
		return false;
	note = copy_physical(place->start, bytes);
	if (IS_ERR(note))
		return false;
	taken = owp_take_vmcoreinfo(&ow_dead, note, bytes);
	kvfree(note);
	return taken;
}

static int read_header(const void *header, u32 segments)
{
	struct owp_memory *notes = kvcalloc(segments, sizeof(*notes), GFP_KERNEL);
	u32 count, i;

	ram = kvcalloc(segments, sizeof(*ram), GFP_KERNEL);
	if (!notes || !ram) {
		kvfree(notes);
		return -ENOMEM;
	}
	rams = owp_core_memory(header, ram);
	count = owp_core_notes(header, notes);
	/* That of VMCOREINFO is behind those of the CPUs. */
	for (i = count; i && !take_note(&notes[i - 1]); i--)
		;
	kvfree(notes);
	return rams ? 0 : -ENXIO;
}

/* As the kernel reads that argument (setup_elfcorehdr() in kernel/crash_dump.c). */
static u64 header_address(const char *told)
{
	char *end;
	u64 address = memparse(told, &end);

	return *end == '@' ? memparse(end + 1, &end) : address;
}

int ow_read_dead_kernel(void)
{
	u32 segments = 0;
	void *header;
	u64 bytes, at;
	int error;

	if (!elfcorehdr)
		return -EINVAL;
	at = header_address(elfcorehdr);
	header = copy_physical(at, OWP_CORE_FIRST);
	if (IS_ERR(header))
		return PTR_ERR(header);
	bytes = owp_core_bytes(header, &segments);
	kvfree(header);
	if (!bytes || !segments)
		return -ENXIO;
	header = copy_physical(at, bytes);
	if (IS_ERR(header))
		return PTR_ERR(header);
	error = read_header(header, segments);
	kvfree(header);
	return error;
}

void ow_dead_kernel_exit(void)
{
	kvfree(ram);
}
