// The user pages: for each VMA with memory the page table as /proc/PID/pagemap shows it, in runs; and for each page
// frame seen, once, its /proc/kpageflags, its /proc/kpagecount and the MD5 of its bytes, read by /proc/PID/mem.
// Only what pagemap says is present is read: nothing is faulted in.

#define _GNU_SOURCE
#include "record.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define PAGE 4096ull
#define PRESENT (1ull << 63)
#define SWAPPED (1ull << 62)
#define PFN_MASK ((1ull << 55) - 1)
#define ENTRIES 16384 // pagemap entries read at once
#define MEM_PAGES 64 // pages of memory read at once
#define HUGE_SPAN (1ull << 33) // bytes of a VMA beyond which its page table is not read

// As they stand in the stream: src/lab/pages.ts reads them.
struct run {
	uint64_t address;
	uint64_t entry; // the first page's pagemap entry
	uint32_t count;
	uint32_t step; // what each further entry adds: 0, 1 (next frame) or 32 (next swap slot)
};
struct frame {
	uint64_t pfn;
	uint64_t flags;
	uint32_t count;
	uint32_t has_digest;
	uint8_t digest[8];
};

static struct frame *table;
static size_t table_size, table_used;
static struct run *runs;
static size_t run_count, run_room;
static uint64_t entries[ENTRIES], flag_words[MEM_PAGES], count_words[MEM_PAGES];
static char *memory;
static int kpageflags = -1, kpagecount = -1;

static struct frame *slot(struct frame *in, size_t size, uint64_t pfn)
{
	size_t at = (pfn * 0x9e3779b97f4a7c15ull) >> 20;
	while (in[at & (size - 1)].pfn && in[at & (size - 1)].pfn != pfn)
		at++;
	return &in[at & (size - 1)];
}

static struct frame *new_table(size_t size)
{
	void *p = mmap(NULL, size * sizeof(struct frame), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (p == MAP_FAILED)
		die("memory");
	return p;
}

static void grow(void)
{
	struct frame *larger = new_table(table_size * 2);
	for (size_t i = 0; i < table_size; i++) {
		if (table[i].pfn)
			*slot(larger, table_size * 2, table[i].pfn) = table[i];
	}
	munmap(table, table_size * sizeof(struct frame));
	table = larger;
	table_size *= 2;
}

static void add_run(uint64_t address, uint64_t entry, uint64_t previous)
{
	struct run *last = run_count ? &runs[run_count - 1] : NULL;
	if (last && last->address + last->count * PAGE == address) {
		uint64_t step = entry - previous;
		if ((step == 0 || step == 1 || step == 32) && (last->count == 1 || last->step == step)) {
			last->step = step;
			last->count++;
			return;
		}
	}
	if (run_count == run_room) {
		run_room = run_room ? run_room * 2 : 4096;
		runs = realloc(runs, run_room * sizeof(*runs));
		if (!runs)
			die("memory");
	}
	runs[run_count++] = (struct run){ .address = address, .entry = entry, .count = 1 };
}

// `n` present pages whose frames follow one another, from `address` on.
static void add_frames(int mem, uint64_t address, uint64_t pfn, size_t n)
{
	bool wanted = false;
	for (size_t i = 0; i < n && !wanted; i++) {
		struct frame *frame = slot(table, table_size, pfn + i);
		wanted = !frame->pfn || !frame->has_digest;
	}
	if (!wanted)
		return;
	if (pread(kpageflags, flag_words, n * 8, pfn * 8) != (ssize_t)(n * 8))
		memset(flag_words, 0, n * 8);
	if (pread(kpagecount, count_words, n * 8, pfn * 8) != (ssize_t)(n * 8))
		memset(count_words, 0, n * 8);
	ssize_t got = mem < 0 ? -1 : pread(mem, memory, n * PAGE, address);
	for (size_t i = 0; i < n; i++) {
		struct frame *frame = slot(table, table_size, pfn + i);
		uint8_t digest[16];
		if (!frame->pfn && ++table_used > table_size / 2) {
			grow();
			frame = slot(table, table_size, pfn + i);
		}
		if (frame->pfn && (frame->has_digest || got < (ssize_t)((i + 1) * PAGE)))
			continue;
		*frame = (struct frame){ .pfn = pfn + i, .flags = flag_words[i], .count = count_words[i] };
		if (got < (ssize_t)((i + 1) * PAGE))
			continue;
		md5(memory + i * PAGE, PAGE, digest);
		memcpy(frame->digest, digest, sizeof(frame->digest));
		frame->has_digest = 1;
	}
}

static void frames_of(int mem, uint64_t address, const uint64_t *entry, size_t n)
{
	for (size_t i = 0; i < n;) {
		uint64_t pfn = entry[i] & PFN_MASK;
		size_t length = 1;
		if (!(entry[i] & PRESENT) || pfn == 0) {
			i++;
			continue;
		}
		while (length < MEM_PAGES && i + length < n && (entry[i + length] & PRESENT) &&
		       (entry[i + length] & PFN_MASK) == pfn + length)
			length++;
		add_frames(mem, address + i * PAGE, pfn, length);
		i += length;
	}
}

static void vma(int pagemap, int mem, uint64_t start, uint64_t end)
{
	uint64_t previous = 0;
	if (end - start > HUGE_SPAN || start >> 63)
		return;
	while (start < end) {
		size_t want = (end - start) / PAGE < ENTRIES ? (end - start) / PAGE : ENTRIES;
		ssize_t got = pread(pagemap, entries, want * 8, start / PAGE * 8);
		if (got <= 0)
			return;
		for (size_t i = 0; i < (size_t)got / 8; i++) {
			if (entries[i] & (PRESENT | SWAPPED))
				add_run(start + i * PAGE, entries[i], previous);
			previous = entries[i];
		}
		frames_of(mem, start, entries, got / 8);
		start += got / 8 * PAGE;
	}
}

static void process(int proc, const char *pid, void *unused)
{
	char path[64];
	size_t size;
	(void)unused;
	if (!is_number(pid) || atoi(pid) == getpid())
		return;
	snprintf(path, sizeof(path), "%s/maps", pid);
	const char *text = slurp(proc, path, &size);
	if (!text || size == 0)
		return;
	char *maps = strdup(text);
	snprintf(path, sizeof(path), "%s/pagemap", pid);
	int pagemap = openat(proc, path, O_RDONLY | O_CLOEXEC);
	snprintf(path, sizeof(path), "%s/mem", pid);
	int mem = openat(proc, path, O_RDONLY | O_CLOEXEC);
	run_count = 0;
	for (char *line = maps; line && *line && pagemap >= 0; line = strchr(line, '\n') ? strchr(line, '\n') + 1 : NULL) {
		unsigned long start, end;
		if (sscanf(line, "%lx-%lx", &start, &end) == 2)
			vma(pagemap, mem, start, end);
	}
	free(maps);
	close(pagemap);
	close(mem);
	snprintf(path, sizeof(path), "p/%s/pages", pid);
	out_record(KIND_FILE, path, runs, run_count * sizeof(*runs));
}

static int by_pfn(const void *a, const void *b)
{
	const struct frame *x = a, *y = b;
	return x->pfn < y->pfn ? -1 : x->pfn > y->pfn;
}

void record_pages(void)
{
	if (!memory) {
		memory = mmap(NULL, MEM_PAGES * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
		kpageflags = open("/proc/kpageflags", O_RDONLY | O_CLOEXEC);
		kpagecount = open("/proc/kpagecount", O_RDONLY | O_CLOEXEC);
	}
	table_size = 1 << 16;
	table_used = 0;
	table = new_table(table_size);
	each_entry(AT_FDCWD, "/proc", process, NULL);
	size_t n = 0;
	for (size_t i = 0; i < table_size; i++) {
		if (table[i].pfn)
			table[n++] = table[i];
	}
	qsort(table, n, sizeof(*table), by_pfn);
	out_record(KIND_FILE, "frames", table, n * sizeof(*table));
	munmap(table, table_size * sizeof(*table));
}

// Files that a workload says are in the page cache: their bytes, page by page, though nobody maps them.
void record_cached_files(void)
{
	size_t size;
	char *list = slurp(AT_FDCWD, "/run/otherworld/cached-files", &size);
	if (!list)
		return;
	list = strdup(list);
	for (char *path = strtok(list, "\n"); path; path = strtok(NULL, "\n")) {
		char key[512], hex[33] = "";
		uint8_t digest[16];
		char *data = slurp(AT_FDCWD, path, &size);
		if (!data)
			continue;
		char *text = malloc((size / PAGE + 2) * 17 + 64);
		size_t n = sprintf(text, "%zu", size);
		for (size_t at = 0; at < size; at += PAGE) {
			md5(data + at, size - at < PAGE ? size - at : PAGE, digest);
			for (int i = 0; i < 8; i++)
				sprintf(hex + 2 * i, "%02x", digest[i]);
			n += sprintf(text + n, " %s", hex);
		}
		snprintf(key, sizeof(key), "cached%s", path);
		out_record(KIND_FILE, key, text, n);
		free(text);
	}
	free(list);
}
