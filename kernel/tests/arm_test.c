// SPDX-License-Identifier: GPL-2.0-only
/* What otherworld-arm computes, on files; each command prints what it found. tests/abi/arm.test.ts runs it. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "../arm/direct.h"

/* A check that fails halts, which in user mode is SIGSEGV; what was read is let go at the end. */
const char *__asan_default_options(void);
const char *__asan_default_options(void)
{
	return "detect_leaks=0:handle_segv=0";
}

struct file {
	uint8_t *bytes;
	size_t size;
};

static struct file read_file(const char *path)
{
	struct file file = {};
	FILE *in = fopen(path, "rb");

	if (!in || fseek(in, 0, SEEK_END) < 0)
		exit(3);
	file.size = ftell(in);
	rewind(in);
	file.bytes = malloc(file.size + 1);
	if (fread(file.bytes, 1, file.size, in) != file.size)
		exit(3);
	file.bytes[file.size] = 0;
	fclose(in);
	return file;
}

static uint64_t number(const char *text)
{
	return strtoull(text, NULL, 0);
}

static int cannot(const struct reason *why)
{
	printf("cannot: %s\n", why->text);
	return 1;
}

/* IOMEM */
static int reservations(char **args)
{
	struct range found[4];
	int count = find_reservations((const char *)read_file(args[0]).bytes, found, 4);

	for (int i = 0; i < count; i++)
		printf("%#llx-%#llx\n", (unsigned long long)found[i].start, (unsigned long long)found[i].end);
	return 0;
}

/* START END [keep=START-END | ALIGNMENT:BYTES]… */
static int places(char **args)
{
	struct places places = { .whole = { number(args[0]), number(args[1]) } };
	unsigned long long first, second;
	uint64_t at;

	for (args += 2; *args; args++) {
		if (sscanf(*args, "keep=%lli-%lli", (long long *)&first, (long long *)&second) == 2)
			printf("%s\n", keep_place(&places, (struct range){ first, second }) ? "kept" : "not kept");
		else if (sscanf(*args, "%lli:%lli", (long long *)&first, (long long *)&second) == 2 && place(&places, second, first, &at))
			printf("%#llx\n", (unsigned long long)at);
		else
			printf("no room\n");
	}
	return 0;
}

/* BZIMAGE PAYLOAD: writes what is packed */
static int payload(char **args)
{
	struct file image = read_file(args[0]);
	struct payload found;
	struct reason why;
	FILE *out;

	if (!find_payload(image.bytes, image.size, &found, &why))
		return cannot(&why);
	out = fopen(args[1], "wb");
	if (!out || fwrite(found.bytes, 1, found.size, out) != found.size || fclose(out) != 0)
		return 3;
	printf("%s %u\n", found.unpacker, found.unpacked_size);
	return 0;
}

/* ELF OUT: writes how it lies in memory */
static int flat(char **args)
{
	struct file elf = read_file(args[0]);
	struct flat_kernel kernel;
	struct reason why;
	FILE *out;

	if (!flatten(elf.bytes, elf.size, &kernel, &why))
		return cannot(&why);
	out = fopen(args[1], "wb");
	if (!out || fwrite(kernel.bytes, 1, kernel.size, out) != kernel.size || fclose(out) != 0)
		return 3;
	printf("span %#llx entry %#llx\n", (unsigned long long)kernel.span, (unsigned long long)kernel.entry);
	free(kernel.bytes);
	return 0;
}

struct ram {
	struct file file;
	uint64_t base;
};

static bool read_ram(void *self, uint64_t at, void *to, size_t size)
{
	const struct ram *ram = self;

	if (at < ram->base || at - ram->base > ram->file.size || size > ram->file.size - (at - ram->base))
		return false;
	memcpy(to, ram->file.bytes + (at - ram->base), size);
	return true;
}

/* RAM BASE LINE INITRAMFS_BYTES: physical memory from BASE on, all of it the reservation */
static int made(char **args)
{
	struct ram ram = { read_file(args[0]), number(args[1]) };
	const struct memory memory = { read_ram, &ram };
	struct made made;
	struct reason why;

	if (!find_made(&memory, (struct range){ ram.base, ram.base + ram.file.size }, args[2], number(args[3]), &made, &why))
		return cannot(&why);
	printf("params %#llx-%#llx core %#llx-%#llx\n", (unsigned long long)made.params.start, (unsigned long long)made.params.end,
	       (unsigned long long)made.core.start, (unsigned long long)made.core.end);
	free(made.params_bytes);
	free(made.core_bytes);
	return 0;
}

/* What the trampoline enters: whoever comes here was let through. */
static void entered(void)
{
	static const char text[] = "entered\n";

	_exit(write(1, text, sizeof(text) - 1) == sizeof(text) - 1 ? 0 : 3);
}

/* FILE… [flip=N]: digests each file, changes bit N of the last one, and goes through the trampoline's check */
static int trampoline(char **args)
{
	size_t code = ow_trampoline_end - ow_trampoline;
	uint8_t *page = mmap(NULL, PAGE_BYTES, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	struct trampoline_data data = { .entry = (uintptr_t)entered };
	struct file file = {};

	for (int i = 0; *args; args++) {
		if (strncmp(*args, "flip=", 5) == 0) {
			file.bytes[number(*args + 5) / 8] ^= 1 << number(*args + 5) % 8;
		} else if (i < DIGESTED_PARTS) {
			file = read_file(*args);
			data.parts[i].at = (uintptr_t)file.bytes;
			data.parts[i].words = file.size / 8;
			data.parts[i++].digest = quick_digest(file.bytes, file.size);
		}
	}
	if (page == MAP_FAILED || code > PAGE_BYTES)
		return 3;
	memcpy(page, ow_trampoline, code);
	memcpy(page + (ow_trampoline_data - ow_trampoline), &data, sizeof(data));
	((void (*)(void))(page + (ow_trampoline_check - ow_trampoline)))();
	return 3;
}

int main(int argc, char **argv)
{
	static const struct {
		const char *name;
		int least;
		int (*run)(char **args);
	} commands[] = {
		{ "reservations", 1, reservations }, { "place", 2, places }, { "payload", 2, payload },
		{ "flatten", 2, flat }, { "made", 4, made }, { "trampoline", 1, trampoline },
	};

	for (size_t i = 0; i < sizeof(commands) / sizeof(*commands); i++) {
		if (argc >= 2 + commands[i].least && strcmp(argv[1], commands[i].name) == 0)
			return commands[i].run(argv + 2);
	}
	return 2;
}
