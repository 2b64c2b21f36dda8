// SPDX-License-Identifier: GPL-2.0-only
/*
 * Holds plans to what the crash kernel's module holds them to.
 *
 *	plan-validate [OPTION...] FILE...
 *	plan-validate [OPTION...] --batch < plans, each behind its size, a little-endian uint32_t
 *
 * For each a line: `ok`, or `RULE SECTION RECORD VALUE REASON`. Exit code: 0 all are accepted, 1
 *some are refused, 2 trouble; of a batch 0 or 2.
 *
 *	--format                 the format alone
 *	--ram START-END          of the machine, hexadecimal; may be repeated
 *	--own START-END          of the kernel that runs
 *	--core FILE              what an ELF core header at the start of that memory tells
 *	--old FILE               pages of the dead kernel: u64 address, 4096 bytes each
 *	--release TEXT --xfeatures HEX --mxcsr-mask HEX --levels N
 *	--vdso HEX               build id of the kernel's vDSO
 *	--seal                   correct the checksums first
 *	--without RULE           leave that rule out
 *	--skew BYTES             lay the plan behind an aligned address
 *	--lack BYTES             give less memory to work in than is asked for
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../plan/dead_kernel.h"
#include "input.h"

#define MOST_RANGES 64
#define PAGE 4096

static struct owp_memory ram[MOST_RANGES], own[MOST_RANGES];
static struct owp_machine machine = { .ram = ram, .own = own };
static int format_only, sealed;

static void trouble(const char *what)
{
	fprintf(stderr, "plan-validate: %s\n", what);
	exit(2);
}

static int report(unsigned char *bytes, size_t count)
{
	struct ow_fault fault;
	int rule;

	if (sealed)
		seal(bytes, count);
	rule = validate_copy(bytes, count, &machine, format_only, &fault);
	if (rule)
		printf("%u %u %lld 0x%llx %s\n", fault.rule, fault.section, (long long)fault.record,
		       (unsigned long long)fault.value, fault.reason);
	else
		puts("ok");
	return rule != 0;
}

/* No byte more than the file has, so that whoever reads behind it is found out. */
static unsigned char *whole_file(const char *path, size_t *count)
{
	FILE *in = fopen(path, "rb");
	unsigned char *bytes;

	if (!in || fseek(in, 0, SEEK_END))
		trouble(path);
	*count = ftell(in);
	rewind(in);
	bytes = malloc(*count ? *count : 1);
	if (!bytes || fread(bytes, 1, *count, in) != *count)
		trouble(path);
	fclose(in);
	return bytes;
}

static int from_file(const char *path)
{
	size_t count;
	unsigned char *bytes = whole_file(path, &count);
	int refused = report(bytes, count);

	free(bytes);
	return refused;
}

/* --- the dead kernel */

static unsigned char *old_pages;
static size_t old_bytes;

static const void *old_page(uint64_t address)
{
	for (size_t at = 0; at + 8 + PAGE <= old_bytes; at += 8 + PAGE)
		if (!memcmp(old_pages + at, &address, sizeof(address)))
			return old_pages + at + 8;
	return NULL;
}

/* From a copy, as long as it is and no longer. */
static void take_note(struct owp_dead_kernel *dead, const unsigned char *at, size_t bytes)
{
	void *note = malloc(bytes);

	memcpy(note, at, bytes);
	owp_take_vmcoreinfo(dead, note, bytes);
	free(note);
}

/* As the module does (kernel/module/core_header.c), with a file as memory. */
static void dead_kernel(const char *path)
{
	static struct owp_dead_kernel dead;
	size_t count;
	unsigned char *memory = whole_file(path, &count);
	struct owp_memory *notes;
	uint32_t segments = 0, found;
	uint64_t bytes = count < OWP_CORE_FIRST ? 0 : owp_core_bytes(memory, &segments);

	if (!bytes || bytes > count || segments > MOST_RANGES)
		trouble("no core header");
	machine.rams = owp_core_memory(memory, ram);
	notes = calloc(segments + 1, sizeof(*notes));
	found = owp_core_notes(memory, notes);
	for (uint32_t i = 0; i < found; i++)
		if (notes[i].end <= count)
			take_note(&dead, memory + notes[i].start, notes[i].end - notes[i].start);
	machine.release = dead.release[0] ? dead.release : NULL;
	machine.build_id = dead.has_build_id ? dead.build_id : NULL;
	machine.kaslr_offset = dead.kaslr_offset;
	machine.placed = dead.placed;
	free(notes);
	free(memory);
}

static void from_batch(void)
{
	uint32_t count;

	while (fread(&count, sizeof(count), 1, stdin) == 1) {
		unsigned char *bytes = malloc(count + 1UL);

		if (!bytes || fread(bytes, 1, count, stdin) != count)
			trouble("the batch is cut short");
		report(bytes, count);
		free(bytes);
	}
}

static void range(struct owp_memory *list, uint32_t *count, const char *text)
{
	unsigned long long start, end;

	if (*count == MOST_RANGES || sscanf(text, "%llx-%llx", &start, &end) != 2)
		trouble(text);
	list[(*count)++] = (struct owp_memory){ start, end };
}

static void vdso(const char *text)
{
	static unsigned char build_id[20];

	for (size_t i = 0; i < sizeof(build_id); i++)
		if (sscanf(text + 2 * i, "%2hhx", &build_id[i]) != 1)
			trouble(text);
	machine.vdso_build_id = build_id;
}

static void option(const char *name, const char *value)
{
	if (!strcmp(name, "--ram"))
		range(ram, &machine.rams, value);
	else if (!strcmp(name, "--own"))
		range(own, &machine.own_ranges, value);
	else if (!strcmp(name, "--release"))
		machine.release = value;
	else if (!strcmp(name, "--xfeatures"))
		machine.xfeatures = strtoull(value, NULL, 16);
	else if (!strcmp(name, "--mxcsr-mask"))
		machine.mxcsr_mask = strtoul(value, NULL, 16);
	else if (!strcmp(name, "--without"))
		owp_test_without = atoi(value);
	else if (!strcmp(name, "--skew"))
		test_skew = atoi(value);
	else if (!strcmp(name, "--lack"))
		test_lack = atoi(value);
	else if (!strcmp(name, "--levels"))
		machine.paging_levels = atoi(value);
	else if (!strcmp(name, "--vdso"))
		vdso(value);
	else if (!strcmp(name, "--core"))
		dead_kernel(value);
	else if (!strcmp(name, "--old")) {
		old_pages = whole_file(value, &old_bytes);
		machine.old_page = old_page;
	} else
		trouble(name);
}

int main(int argc, char **argv)
{
	int refused = 0, at = 1, batch = 0;

	for (; at < argc && argv[at][0] == '-'; at++) {
		if (!strcmp(argv[at], "--batch"))
			batch = 1;
		else if (!strcmp(argv[at], "--format"))
			format_only = 1;
		else if (!strcmp(argv[at], "--seal"))
			sealed = 1;
		else if (at + 1 < argc) {
			option(argv[at], argv[at + 1]);
			at++;
		} else
			trouble(argv[at]);
	}
	if (batch)
		from_batch();
	else if (at == argc)
		trouble("no FILE");
	for (; at < argc; at++)
		refused |= from_file(argv[at]);
	return refused;
}
