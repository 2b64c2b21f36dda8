// SPDX-License-Identifier: GPL-2.0-only
/* Loads what kexec_file_load(2) has loaded once more, with the kernel unpacked: direct.h says why. */
#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/kexec.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "direct.h"

/* include/uapi/linux/kexec.h, from 6.6 and 6.10 on: the kernel may keep the core header up to date, for no digest is of it. */
#define UPDATE_ELFCOREHDR 0x4UL
#define CRASH_HOTPLUG_SUPPORT 0x8UL

/* struct setup_header (arch/x86/include/uapi/asm/bootparam.h), in boot_params. */
enum { KERNEL_ALIGNMENT = 0x230, RELOCATABLE = 0x234, XLOADFLAGS = 0x236, INIT_SIZE = 0x260 };
#define XLF_5LEVEL (1 << 5)
#define LEAST_ALIGNMENT (2ULL << 20) /* startup_64 maps itself in pages of this size */

struct bytes {
	uint8_t *at;
	size_t size;
};

static bool map_file(int fd, const char *path, struct bytes *bytes, struct reason *why)
{
	struct stat status;
	void *at;

	if (fd < 0 || fstat(fd, &status) < 0 || status.st_size == 0)
		return because(why, "%s: %s", path, fd < 0 ? strerror(errno) : "empty");
	at = mmap(NULL, status.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
	close(fd);
	if (at == MAP_FAILED)
		return because(why, "%s: %s", path, strerror(errno));
	*bytes = (struct bytes){ at, status.st_size };
	return true;
}

static bool map_path(const char *path, struct bytes *bytes, struct reason *why)
{
	return map_file(open(path, O_RDONLY | O_CLOEXEC), path, bytes, why);
}

static bool write_all(int fd, const uint8_t *bytes, size_t size)
{
	while (size > 0) {
		ssize_t done = write(fd, bytes, size);

		if (done <= 0)
			return false;
		bytes += done;
		size -= done;
	}
	return lseek(fd, 0, SEEK_SET) == 0;
}

/* PROGRAM -dc, from memory to memory. */
static bool unpack(const struct payload *payload, struct bytes *elf, struct reason *why)
{
	int from = memfd_create("packed", MFD_CLOEXEC), to = memfd_create("unpacked", MFD_CLOEXEC), status = -1;
	pid_t child;

	if (from < 0 || to < 0 || !write_all(from, payload->bytes, payload->size))
		return because(why, "there is no memory to unpack it: %s", strerror(errno));
	child = fork();
	if (child == 0) {
		dup2(from, 0);
		dup2(to, 1);
		execlp(payload->unpacker, payload->unpacker, "-dc", NULL);
		_exit(127);
	}
	while (child > 0 && waitpid(child, &status, 0) < 0 && errno == EINTR)
		;
	close(from);
	if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) {
		close(to);
		return because(why, "%s, which unpacks it, %s", payload->unpacker,
			       WIFEXITED(status) && WEXITSTATUS(status) == 127 ? "is not installed" : "failed");
	}
	return map_file(to, "what was unpacked", elf, why);
}

static bool read_kernel(const struct direct_request *request, struct flat_kernel *kernel, struct reason *why)
{
	struct bytes image, elf;
	struct payload payload;
	bool done;

	if (!map_path(request->kernel, &image, why) || !find_payload(image.at, image.size, &payload, why))
		return false;
	if (!(request->unpacked ? map_path(request->unpacked, &elf, why) : unpack(&payload, &elf, why)))
		return false;
	done = elf.size == payload.unpacked_size ? flatten(elf.at, elf.size, kernel, why) :
						   because(why, "it unpacks to another size than it says");
	munmap(image.at, image.size);
	munmap(elf.at, elf.size);
	return done;
}

/* --- the reservation, by way of /proc/kcore */

struct kcore {
	int fd, count;
	Elf64_Phdr *parts;
};

static bool read_at(int fd, uint64_t offset, void *to, size_t size)
{
	for (size_t done = 0; done < size;) {
		ssize_t n = pread(fd, (uint8_t *)to + done, size - done, offset + done);

		if (n <= 0)
			return false;
		done += n;
	}
	return true;
}

static bool read_physical(void *self, uint64_t at, void *to, size_t size)
{
	const struct kcore *kcore = self;

	for (int i = 0; i < kcore->count; i++) {
		const Elf64_Phdr *part = &kcore->parts[i];

		if (part->p_type == PT_LOAD && part->p_paddr != UINT64_MAX && at >= part->p_paddr &&
		    at - part->p_paddr < part->p_memsz && size <= part->p_memsz - (at - part->p_paddr))
			return read_at(kcore->fd, part->p_offset + (at - part->p_paddr), to, size);
	}
	return false;
}

static bool open_kcore(struct kcore *kcore, struct reason *why)
{
	Elf64_Ehdr header;

	kcore->fd = open("/proc/kcore", O_RDONLY | O_CLOEXEC);
	if (kcore->fd < 0 || !read_at(kcore->fd, 0, &header, sizeof(header)))
		return because(why, "/proc/kcore: %s", strerror(errno));
	kcore->count = header.e_phnum;
	kcore->parts = calloc(header.e_phnum, sizeof(*kcore->parts));
	return (kcore->parts && read_at(kcore->fd, header.e_phoff, kcore->parts, header.e_phnum * sizeof(*kcore->parts))) ||
	       because(why, "/proc/kcore has no table of its parts");
}

static bool read_text(const char *path, char *text, size_t size)
{
	FILE *file = fopen(path, "re");
	size_t used = file ? fread(text, 1, size - 1, file) : 0;

	if (file)
		fclose(file);
	text[used] = 0;
	return used > 0;
}

static bool read_made(const struct direct_request *request, uint64_t initramfs_bytes, struct made *made, struct reason *why)
{
	static char iomem[1 << 18];
	struct range reservations[4];
	struct kcore kcore;
	const struct memory memory = { read_physical, &kcore };
	int count = read_text("/proc/iomem", iomem, sizeof(iomem)) ? find_reservations(iomem, reservations, 4) : 0;

	if (count == 0)
		return because(why, "/proc/iomem does not say where the reservation is");
	if (!open_kcore(&kcore, why))
		return false;
	/* There may be a small one below 4 GiB, for what can reach no further. */
	for (int i = 0; i < count; i++) {
		if (find_made(&memory, reservations[i], request->line, initramfs_bytes, made, why))
			return true;
	}
	return false;
}

/* --- what is to be loaded */

/* What the bzImage would look to before it goes to the kernel proper, and this way nobody does. */
static bool fits_processor(const uint8_t *params, struct reason *why)
{
	static char cpuinfo[1 << 14];
	static const char *const encrypted[] = { " sme ", " sev ", " sev_es ", " sev_snp ", " tdx_guest " };
	uint16_t flags;

	memcpy(&flags, params + XLOADFLAGS, sizeof(flags));
	read_text("/proc/cpuinfo", cpuinfo, sizeof(cpuinfo));
	for (size_t i = 0; i < sizeof(encrypted) / sizeof(*encrypted); i++) {
		if (strstr(cpuinfo, encrypted[i]))
			return because(why, "memory may be encrypted");
	}
	if (strstr(cpuinfo, " la57 ") && !(flags & XLF_5LEVEL))
		return because(why, "it does not know page tables of five levels");
	return params[RELOCATABLE] || because(why, "it is not relocatable");
}

struct image {
	struct kexec_segment segments[KEXEC_SEGMENT_MAX];
	int count;
	struct trampoline_data data;
	int digested;
	uint64_t entry;
};

static void add(struct image *image, const void *bytes, uint64_t size, uint64_t at, uint64_t span)
{
	image->segments[image->count++] = (struct kexec_segment){ bytes, size, (void *)at, PAGE_UP(span) };
}

/* Whole pages, or at least words. */
static void add_digested(struct image *image, const void *bytes, uint64_t size, uint64_t at, uint64_t span)
{
	add(image, bytes, size, at, span);
	image->data.parts[image->digested].at = at;
	image->data.parts[image->digested].words = size / 8;
	image->data.parts[image->digested++].digest = quick_digest(bytes, size);
}

static bool compose(struct image *image, const struct flat_kernel *kernel, const struct bytes *initramfs, const struct made *made,
		    struct reason *why)
{
	struct places places = { .whole = made->reservation };
	uint64_t padded = PAGE_UP(initramfs->size), code = ow_trampoline_end - ow_trampoline;
	uint64_t kernel_at, initramfs_at, trampoline_at;
	uint32_t alignment, init_size;
	uint8_t *trampoline = calloc(1, PAGE_BYTES), *archive = calloc(1, padded);

	memcpy(&alignment, made->params_bytes + KERNEL_ALIGNMENT, 4);
	memcpy(&init_size, made->params_bytes + INIT_SIZE, 4);
	if (alignment < LEAST_ALIGNMENT || (alignment & (alignment - 1)))
		alignment = LEAST_ALIGNMENT;
	if (!trampoline || !archive || code > PAGE_BYTES)
		return because(why, "there is no memory for the initramfs");
	const uint64_t span = kernel->span > init_size ? kernel->span : init_size;
	if (!keep_place(&places, made->core) || !keep_place(&places, made->params) ||
	    !place(&places, span, alignment, &kernel_at) || !place(&places, padded, PAGE_BYTES, &initramfs_at) ||
	    !place(&places, PAGE_BYTES, PAGE_BYTES, &trampoline_at))
		return because(why, "unpacked it does not fit into the reservation");
	memcpy(archive, initramfs->at, initramfs->size);
	set_ramdisk(made->params_bytes, initramfs_at, initramfs->size);

	add_digested(image, kernel->bytes, kernel->size, kernel_at, span);
	add_digested(image, archive, padded, initramfs_at, padded);
	add_digested(image, made->params_bytes, made->params.end - made->params.start, made->params.start,
		     made->params.end - made->params.start);
	add(image, made->core_bytes, made->core.end - made->core.start, made->core.start, made->core.end - made->core.start);
	image->data.entry = kernel_at + kernel->entry;
	image->data.params = made->params.start;
	memcpy(trampoline, ow_trampoline, code);
	memcpy(trampoline + (ow_trampoline_data - ow_trampoline), &image->data, sizeof(image->data));
	add(image, trampoline, PAGE_BYTES, trampoline_at, PAGE_BYTES);
	image->entry = trampoline_at;
	return true;
}

/* Kernels refuse flags that they do not know before they do anything. */
static bool load(const struct image *image, struct reason *why)
{
	static const unsigned long more[] = { UPDATE_ELFCOREHDR | CRASH_HOTPLUG_SUPPORT, UPDATE_ELFCOREHDR, 0 };

	for (size_t i = 0; i < sizeof(more) / sizeof(*more); i++) {
		if (syscall(SYS_kexec_load, image->entry, (unsigned long)image->count, image->segments,
			    KEXEC_ARCH_X86_64 | KEXEC_ON_CRASH | more[i]) == 0)
			return true;
		if (errno != EINVAL)
			break;
	}
	return because(why, "kexec_load: %s%s", strerror(errno), errno == EPERM ? " (is this kernel locked down, as with Secure Boot?)" : "");
}

bool load_directly(const struct direct_request *request, struct reason *why)
{
	struct flat_kernel kernel;
	struct image image = {};
	struct bytes initramfs;
	struct made made;

	if (!map_path(request->initramfs, &initramfs, why) || !read_made(request, initramfs.size, &made, why) ||
	    !fits_processor(made.params_bytes, why) || !read_kernel(request, &kernel, why) ||
	    !compose(&image, &kernel, &initramfs, &made, why) || !load(&image, why))
		return false;
	printf("unpacked: kernel of %llu MiB at %#llx\n", (unsigned long long)kernel.size >> 20,
	       (unsigned long long)(image.data.entry - kernel.entry));
	return true;
}
