// SPDX-License-Identifier: GPL-2.0-only
/* The kernel as it is once it has unpacked itself: what is packed in a bzImage, and how its ELF file lies in memory. */
#include <elf.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "direct.h"

/* No kernel is larger; one that claims to be is not believed. */
#define MOST_SPAN (512ULL << 20)
#define HEADER_BYTES 0x270

bool because(struct reason *why, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(why->text, sizeof(why->text), format, args);
	va_end(args);
	return false;
}

static const struct {
	const char *magic;
	uint8_t bytes;
	const char *program;
	bool with_size; /* the size that it unpacks to is put behind it; gzip has it there itself (arch/x86/boot/compressed/Makefile) */
} PACKERS[] = {
	{ "\x1f\x8b", 2, "gzip", false }, { "\xfd" "7zXZ", 5, "xz", true }, { "\x28\xb5\x2f\xfd", 4, "zstd", true },
	{ "\x02\x21\x4c\x18", 4, "lz4", true }, { "BZh", 3, "bzip2", true }, { "\x89LZO", 4, "lzop", true },
	{ "\x5d\0\0", 3, "lzma", true },
};

bool find_payload(const uint8_t *image, size_t size, struct payload *payload, struct reason *why)
{
	uint32_t offset, bytes;
	uint16_t version;
	uint64_t start;

	if (size < HEADER_BYTES || memcmp(image + 0x202, "HdrS", 4) != 0)
		return because(why, "it is no bzImage");
	memcpy(&version, image + 0x206, 2);
	if (version < 0x208)
		return because(why, "its boot protocol does not tell what is packed in it");
	memcpy(&offset, image + 0x248, 4);
	memcpy(&bytes, image + 0x24c, 4);
	start = ((uint64_t)(image[0x1f1] ? image[0x1f1] : 4) + 1) * 512 + offset;
	if (bytes < 16 || start + bytes > size)
		return because(why, "what is packed in it is not all there");
	for (size_t i = 0; i < sizeof(PACKERS) / sizeof(*PACKERS); i++) {
		if (memcmp(image + start, PACKERS[i].magic, PACKERS[i].bytes) == 0) {
			payload->bytes = image + start;
			payload->size = bytes - (PACKERS[i].with_size ? 4 : 0);
			payload->unpacker = PACKERS[i].program;
			memcpy(&payload->unpacked_size, image + start + bytes - 4, 4);
			return true;
		}
	}
	return because(why, "it is packed in a way that is not known here");
}

/* Of the loadable part `n`, or false. */
static bool part_of(const uint8_t *elf, size_t size, const Elf64_Ehdr *header, int n, Elf64_Phdr *part)
{
	memcpy(part, elf + header->e_phoff + n * sizeof(*part), sizeof(*part));
	return part->p_type == PT_LOAD && part->p_memsz > 0 && part->p_filesz <= part->p_memsz && part->p_filesz <= size &&
	       part->p_offset <= size - part->p_filesz;
}

static bool check_header(const uint8_t *elf, size_t size, Elf64_Ehdr *header, struct reason *why)
{
	if (size < sizeof(*header) || memcmp(elf, ELFMAG, SELFMAG) != 0)
		return because(why, "what was packed in it is no ELF file");
	memcpy(header, elf, sizeof(*header));
	if (header->e_ident[EI_CLASS] != ELFCLASS64 || header->e_machine != EM_X86_64 || header->e_type != ET_EXEC ||
	    header->e_phentsize != sizeof(Elf64_Phdr) || header->e_phnum == 0 || header->e_phnum > 64 || header->e_phoff > size ||
	    size - header->e_phoff < header->e_phnum * sizeof(Elf64_Phdr))
		return because(why, "what was packed in it is no kernel for x86-64");
	return true;
}

bool flatten(const uint8_t *elf, size_t size, struct flat_kernel *kernel, struct reason *why)
{
	uint64_t low = UINT64_MAX, high = 0;
	Elf64_Ehdr header;
	Elf64_Phdr part;

	if (!check_header(elf, size, &header, why))
		return false;
	for (int n = 0; n < header.e_phnum; n++) {
		if (!part_of(elf, size, &header, n, &part))
			continue;
		if (part.p_paddr > UINT64_MAX - part.p_memsz)
			return because(why, "its parts lie nowhere");
		low = part.p_paddr < low ? part.p_paddr : low;
		high = part.p_paddr + part.p_memsz > high ? part.p_paddr + part.p_memsz : high;
	}
	if (low >= high || high - low > MOST_SPAN || header.e_entry < low || header.e_entry >= high)
		return because(why, "its parts or its entry lie where no kernel's do");
	*kernel = (struct flat_kernel){ .size = PAGE_UP(high - low), .span = PAGE_UP(high - low), .entry = header.e_entry - low };
	kernel->bytes = calloc(1, kernel->size);
	if (!kernel->bytes)
		return because(why, "there is no memory for %llu MiB", (unsigned long long)kernel->size >> 20);
	for (int n = 0; n < header.e_phnum; n++) {
		if (part_of(elf, size, &header, n, &part))
			memcpy(kernel->bytes + (part.p_paddr - low), elf + part.p_offset, part.p_filesz);
	}
	return true;
}
