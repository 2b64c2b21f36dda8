/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Loading the crash kernel unpacked (direct.c). kexec_file_load(2) loads it as it is on the disk: after the panic the
 * kernel's own purgatory digests all of it with SHA-256, and then it unpacks itself, which takes as long as the boot that
 * follows. So the kernel's loader is asked first, for all that it tells a crash kernel; then the same is loaded once more by
 * kexec_load(2), with the kernel as it is once it has unpacked itself, and a digest that is quick (trampoline.S).
 */
#ifndef OW_ARM_DIRECT_H
#define OW_ARM_DIRECT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Physical addresses; `end` is the first byte behind. */
struct range {
	uint64_t start, end;
};

#define PAGE_BYTES 4096ULL
#define PAGE_UP(value) (((value) + PAGE_BYTES - 1) & ~(PAGE_BYTES - 1))

/* --- image.c: the kernel */

/* A kernel as it runs: its loadable parts at their distances from each other. */
struct flat_kernel {
	uint8_t *bytes;
	uint64_t size;  /* of bytes */
	uint64_t span;  /* with what it takes behind them */
	uint64_t entry; /* from the start */
};

/* Why it cannot be done; false goes with a sentence in it. */
struct reason {
	char text[200];
};
bool because(struct reason *why, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* What stands packed in a bzImage: arch/x86/boot/header.S, boot protocol 2.08 and later. */
struct payload {
	const uint8_t *bytes;
	size_t size;
	const char *unpacker; /* the program that reads it from its input with -dc */
	uint32_t unpacked_size;
};
bool find_payload(const uint8_t *image, size_t size, struct payload *payload, struct reason *why);
bool flatten(const uint8_t *elf, size_t size, struct flat_kernel *kernel, struct reason *why);

/* --- made.c: what the kernel's own loader made */

struct made {
	struct range reservation;
	struct range params; /* boot_params, the command line and what else hangs on them: whole pages */
	struct range core;   /* the ELF core header */
	uint8_t *params_bytes, *core_bytes;
};

/* Reads physical memory; false where there is none to be read. */
struct memory {
	bool (*read)(void *self, uint64_t at, void *to, size_t size);
	void *self;
};

/* Lines "START-END : Crash kernel" of /proc/iomem; how many there are. */
int find_reservations(const char *iomem, struct range *found, int room);
/* `line` is the command line, and initramfs_bytes the size, that the kernel's loader was given. */
bool find_made(const struct memory *memory, struct range reservation, const char *line, uint64_t initramfs_bytes, struct made *made,
	       struct reason *why);
/* struct setup_header's, for the 64-bit entry. */
void set_ramdisk(uint8_t *params, uint64_t at, uint64_t bytes);

/* --- place.c: where things go */

#define MOST_TAKEN 8

struct places {
	struct range whole;
	struct range taken[MOST_TAKEN];
	int count;
};
/* The lowest free place; takes it. */
bool place(struct places *places, uint64_t bytes, uint64_t alignment, uint64_t *at);
bool keep_place(struct places *places, struct range range);

/* --- trampoline.S: from the dead kernel's page tables to the crash kernel's entry */

#define DIGESTED_PARTS 4

struct trampoline_data {
	uint64_t entry, params;
	struct {
		uint64_t at, words, digest;
	} parts[DIGESTED_PARTS]; /* none where words is 0 */
};
extern const uint8_t ow_trampoline[], ow_trampoline_check[], ow_trampoline_data[], ow_trampoline_end[];
/* As trampoline.S does it; size is a multiple of 8. */
uint64_t quick_digest(const void *bytes, size_t size);

/* --- direct.c */

struct direct_request {
	const char *kernel;   /* bzImage */
	const char *unpacked; /* vmlinux, or NULL: it is unpacked here */
	const char *initramfs;
	const char *line; /* as the kernel's loader was given it */
};
/* Replaces what kexec_file_load(2) has loaded. Where it fails there may be nothing loaded any more. */
bool load_directly(const struct direct_request *request, struct reason *why);

#endif
