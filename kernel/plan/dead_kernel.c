// SPDX-License-Identifier: GPL-2.0-only
#ifdef __KERNEL__
#include <linux/elf.h>
#include <linux/string.h>
#else
#include <elf.h>
#include <string.h>
#endif

#include "dead_kernel.h"

#define NOTE_NAME "VMCOREINFO"

uint64_t owp_core_bytes(const void *first, uint32_t *segments)
{
	const Elf64_Ehdr *header = first;

	if (memcmp(header->e_ident, ELFMAG, SELFMAG) || header->e_ident[EI_CLASS] != ELFCLASS64 ||
	    header->e_type != ET_CORE || header->e_phoff != sizeof(*header) ||
	    header->e_phentsize != sizeof(Elf64_Phdr))
		return 0;
	*segments = header->e_phnum;
	return sizeof(*header) + (uint64_t)header->e_phnum * sizeof(Elf64_Phdr);
}

/* Adds a range where its start belongs: they come in order but for the kernel's text, which lies within another. */
static uint32_t put_in_order(struct owp_memory *ranges, uint32_t count, struct owp_memory one)
{
	uint32_t at = count;

	for (; at && ranges[at - 1].start > one.start; at--)
		ranges[at] = ranges[at - 1];
	ranges[at] = one;
	return count + 1;
}

static uint32_t joined(struct owp_memory *ranges, uint32_t count)
{
	uint32_t kept = 0;

	for (uint32_t i = 0; i < count; i++) {
		if (kept && ranges[i].start <= ranges[kept - 1].end) {
			if (ranges[i].end > ranges[kept - 1].end)
				ranges[kept - 1].end = ranges[i].end;
		} else {
			ranges[kept++] = ranges[i];
		}
	}
	return kept;
}

static uint32_t places(const void *header, uint32_t type, struct owp_memory *ranges)
{
	const Elf64_Ehdr *elf = header;
	const Elf64_Phdr *segment = (const void *)(elf + 1);
	uint32_t count = 0;

	for (uint32_t i = 0; i < elf->e_phnum; i++, segment++) {
		uint64_t start = type == PT_LOAD ? segment->p_paddr : segment->p_offset;
		uint64_t bytes = type == PT_LOAD ? segment->p_memsz : segment->p_filesz;

		if (segment->p_type == type && bytes && start + bytes > start)
			count = put_in_order(ranges, count,
					     (struct owp_memory){ start, start + bytes });
	}
	return count;
}

uint32_t owp_core_memory(const void *header, struct owp_memory *ranges)
{
	return joined(ranges, places(header, PT_LOAD, ranges));
}

uint32_t owp_core_notes(const void *header, struct owp_memory *ranges)
{
	return places(header, PT_NOTE, ranges);
}

static int digit(char text)
{
	if (text >= '0' && text <= '9')
		return text - '0';
	return text >= 'a' && text <= 'f' ? text - 'a' + 10 : -1;
}

static void take_release(struct owp_dead_kernel *dead, const char *value, uint64_t bytes)
{
	if (bytes >= sizeof(dead->release))
		return;
	memcpy(dead->release, value, bytes);
	dead->release[bytes] = 0;
}

static void take_build_id(struct owp_dead_kernel *dead, const char *value, uint64_t bytes)
{
	if (bytes != 2 * sizeof(dead->build_id))
		return;
	for (uint32_t i = 0; i < sizeof(dead->build_id); i++) {
		int high = digit(value[2 * i]), low = digit(value[2 * i + 1]);

		if (high < 0 || low < 0)
			return;
		dead->build_id[i] = high << 4 | low;
	}
	dead->has_build_id = 1;
}

static void take_offset(struct owp_dead_kernel *dead, const char *value, uint64_t bytes)
{
	uint64_t offset = 0;

	if (bytes == 0 || bytes > 16)
		return;
	for (uint64_t i = 0; i < bytes; i++) {
		if (digit(value[i]) < 0)
			return;
		offset = offset << 4 | digit(value[i]);
	}
	dead->kaslr_offset = offset;
	dead->placed = 1;
}

static const struct {
	const char *key;
	void (*take)(struct owp_dead_kernel *dead, const char *value, uint64_t bytes);
} lines[] = {
	{ "OSRELEASE=", take_release },
	{ "BUILD-ID=", take_build_id },
	{ "KERNELOFFSET=", take_offset },
};

static void take_line(struct owp_dead_kernel *dead, const char *line, uint64_t bytes)
{
	for (uint32_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		uint64_t key = strlen(lines[i].key);

		if (bytes >= key && !memcmp(line, lines[i].key, key))
			lines[i].take(dead, line + key, bytes - key);
	}
}

int owp_take_vmcoreinfo(struct owp_dead_kernel *dead, const void *note, uint64_t bytes)
{
	const uint64_t before = sizeof(Elf64_Nhdr) + ((sizeof(NOTE_NAME) + 3) & ~3ULL);
	const Elf64_Nhdr *head = note;
	const char *text = (const char *)note + before, *end;

	if (bytes < before || head->n_namesz != sizeof(NOTE_NAME) ||
	    memcmp(head + 1, NOTE_NAME, sizeof(NOTE_NAME)) || head->n_descsz > bytes - before)
		return 0;
	memset(dead, 0, sizeof(*dead));
	for (end = text + head->n_descsz; text < end;) {
		const char *stop = text;

		while (stop < end && *stop != '\n' && *stop)
			stop++;
		take_line(dead, text, stop - text);
		text = stop + 1;
	}
	return 1;
}
