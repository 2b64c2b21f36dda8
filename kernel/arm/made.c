// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the kernel's own loader made for the crash kernel (arch/x86/kernel/kexec-bzimage64.c, arch/x86/kernel/crash.c), read
 * from the reservation: struct boot_params with the memory map, command line and firmware's tables, and the ELF core header. It
 * differs from kernel to kernel and from machine to machine; taken over as it is, it is always what this kernel would say.
 */
#include <elf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "direct.h"

/* arch/x86/include/uapi/asm/bootparam.h: offsets in struct boot_params. */
enum {
	EXT_RAMDISK_IMAGE = 0x0c0,
	EXT_RAMDISK_SIZE = 0x0c4,
	EXT_CMD_LINE_PTR = 0x0c8,
	EFI_MEMMAP = 0x1d0,
	EFI_MEMMAP_SIZE = 0x1d4,
	EFI_MEMMAP_HI = 0x1dc,
	E820_ENTRIES = 0x1e8,
	HEADER_MAGIC = 0x202,
	RAMDISK_IMAGE = 0x218,
	RAMDISK_SIZE = 0x21c,
	CMD_LINE_PTR = 0x228,
	SETUP_DATA = 0x250,
	E820_TABLE = 0x2d0,
	PARAMS_BYTES = 0x1000,
};
#define E820_MOST 128
#define E820_BYTES 20
#define E820_RAM 1

#define LINE_BYTES 2048
#define MOST_CORE (4ULL << 20)
#define MOST_PARAMS (1ULL << 20)
#define MOST_SETUP_DATA 64

static uint32_t u32(const uint8_t *at)
{
	uint32_t value;

	memcpy(&value, at, sizeof(value));
	return value;
}

static uint64_t u64(const uint8_t *at)
{
	uint64_t value;

	memcpy(&value, at, sizeof(value));
	return value;
}

/* Most of the addresses are in two halves, far from each other. */
static uint64_t halves(const uint8_t *params, int low, int high)
{
	return u32(params + low) | (uint64_t)u32(params + high) << 32;
}

int find_reservations(const char *iomem, struct range *found, int room)
{
	int count = 0;

	for (const char *line = iomem; line && *line && count < room; line = strchr(line, '\n') ? strchr(line, '\n') + 1 : NULL) {
		unsigned long long start, end;
		int name = 0;

		if (sscanf(line, " %llx-%llx : %n", &start, &end, &name) == 2 && name > 0 && end > start &&
		    strncmp(line + name, "Crash kernel", 12) == 0 && (line[name + 12] == '\n' || line[name + 12] == 0))
			found[count++] = (struct range){ start, end + 1 };
	}
	return count;
}

void set_ramdisk(uint8_t *params, uint64_t at, uint64_t bytes)
{
	const uint32_t low = at, high = at >> 32, size = bytes, size_high = bytes >> 32;

	memcpy(params + RAMDISK_IMAGE, &low, 4);
	memcpy(params + EXT_RAMDISK_IMAGE, &high, 4);
	memcpy(params + RAMDISK_SIZE, &size, 4);
	memcpy(params + EXT_RAMDISK_SIZE, &size_high, 4);
}

static bool inside(struct range outer, uint64_t start, uint64_t bytes)
{
	return start >= outer.start && start < outer.end && bytes <= outer.end - start;
}

/* Where the core header is, by the command line at `text`; 0 where this is not the one that `line` became. */
static uint64_t core_of(const char *text, const char *line)
{
	const char *option = strstr(text, "elfcorehdr=0x");

	return option && strstr(text, line) ? strtoull(option + 11, NULL, 16) : 0;
}

/* The memory map leaves it out of the crash kernel's RAM: what is left out there is all of it. */
static bool core_extent(const uint8_t *params, struct range reservation, uint64_t at, struct range *core)
{
	int entries = params[E820_ENTRIES];

	*core = reservation;
	if (entries == 0 || entries > E820_MOST)
		return false;
	for (int i = 0; i < entries; i++) {
		const uint8_t *entry = params + E820_TABLE + i * E820_BYTES;
		uint64_t start = u64(entry), end = start + u64(entry + 8);

		if (u32(entry + 16) != E820_RAM || end <= reservation.start || start >= reservation.end)
			continue;
		if (start <= at && at < end)
			return false;
		if (end <= at && end > core->start)
			core->start = end;
		if (start > at && start < core->end)
			core->end = start;
	}
	core->start &= ~(PAGE_BYTES - 1);
	core->end = PAGE_UP(core->end);
	return core->end - core->start <= MOST_CORE && inside(reservation, core->start, core->end - core->start);
}

/* How far it reaches, with all that hangs on it. */
static bool params_extent(const struct memory *memory, const uint8_t *params, struct range *extent)
{
	struct range near = { extent->start, extent->start + MOST_PARAMS };
	uint64_t at = halves(params, CMD_LINE_PTR, EXT_CMD_LINE_PTR);
	uint64_t end = at + LINE_BYTES, efi = halves(params, EFI_MEMMAP, EFI_MEMMAP_HI);
	uint8_t node[16];

	if (!inside(near, at, LINE_BYTES))
		return false;
	if (efi && !inside(near, efi, u32(params + EFI_MEMMAP_SIZE)))
		return false;
	if (efi && efi + u32(params + EFI_MEMMAP_SIZE) > end)
		end = efi + u32(params + EFI_MEMMAP_SIZE);
	at = u64(params + SETUP_DATA);
	for (int n = 0; at; n++) {
		if (n == MOST_SETUP_DATA || !inside(near, at, sizeof(node)) || !memory->read(memory->self, at, node, sizeof(node)) ||
		    !inside(near, at, sizeof(node) + u32(node + 12)))
			return false;
		if (at + sizeof(node) + u32(node + 12) > end)
			end = at + sizeof(node) + u32(node + 12);
		at = u64(node);
	}
	extent->end = PAGE_UP(end);
	return true;
}

/* Whether the page at `at` is what was made for this crash kernel. */
static bool is_made(const struct memory *memory, const uint8_t *params, const char *line, uint64_t initramfs_bytes, uint64_t *core)
{
	char text[LINE_BYTES];

	if (memcmp(params + HEADER_MAGIC, "HdrS", 4) != 0 || halves(params, RAMDISK_SIZE, EXT_RAMDISK_SIZE) != initramfs_bytes ||
	    !memory->read(memory->self, halves(params, CMD_LINE_PTR, EXT_CMD_LINE_PTR), text, sizeof(text)))
		return false;
	text[sizeof(text) - 1] = 0;
	*core = core_of(text, line);
	return *core != 0;
}

static bool copy_range(const struct memory *memory, struct range range, uint8_t **bytes)
{
	*bytes = malloc(range.end - range.start);
	return *bytes && memory->read(memory->self, range.start, *bytes, range.end - range.start);
}

static bool is_core_header(const struct made *made, uint64_t at)
{
	uint64_t skip = at - made->core.start, room = made->core.end - at;
	Elf64_Ehdr header;

	if (room < sizeof(header))
		return false;
	memcpy(&header, made->core_bytes + skip, sizeof(header));
	return skip == 0 && memcmp(header.e_ident, ELFMAG, SELFMAG) == 0 && header.e_type == ET_CORE &&
	       header.e_phoff + header.e_phnum * sizeof(Elf64_Phdr) <= room;
}

bool find_made(const struct memory *memory, struct range reservation, const char *line, uint64_t initramfs_bytes, struct made *made,
	       struct reason *why)
{
	uint8_t params[PARAMS_BYTES];
	uint64_t core = 0, at;

	for (at = reservation.start; at + PARAMS_BYTES <= reservation.end; at += PAGE_BYTES) {
		if (!memory->read(memory->self, at, params, sizeof(params)))
			return because(why, "the reservation cannot be read at %#llx", (unsigned long long)at);
		if (is_made(memory, params, line, initramfs_bytes, &core))
			break;
	}
	if (!core)
		return because(why, "what the kernel's own loader made is not in the reservation");
	*made = (struct made){ .reservation = reservation, .params = { at, at } };
	if (!params_extent(memory, params, &made->params) || made->params.end > reservation.end)
		return because(why, "what hangs on boot_params does not lie with it");
	if (!core_extent(params, reservation, core, &made->core))
		return because(why, "the memory map does not leave out the core header");
	if (!copy_range(memory, made->params, &made->params_bytes) || !copy_range(memory, made->core, &made->core_bytes))
		return because(why, "what the kernel's own loader made cannot be read");
	return is_core_header(made, core) || because(why, "there is no core header at %#llx", (unsigned long long)core);
}
