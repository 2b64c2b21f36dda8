// An io_uring instance with something in every place, and BPF maps of every common kind: what /proc/PID/fdinfo says of
// them is long, and differs from kernel to kernel.

#include "zoo.h"

#include <linux/bpf.h>
#include <linux/io_uring.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <sys/uio.h>

#define SUBMISSIONS 4
#define COMPLETIONS 8

static struct {
	int fd;
	struct io_uring_params parameters;
	char *memory;
	struct io_uring_sqe *entries;
} ring;

static void open_ring(void)
{
	struct io_uring_params *parameters = &ring.parameters;
	parameters->flags = IORING_SETUP_CQSIZE;
	parameters->cq_entries = COMPLETIONS;
	ring.fd = must("io_uring", syscall(SYS_io_uring_setup, SUBMISSIONS, parameters));
	if (!(parameters->features & IORING_FEAT_SINGLE_MMAP))
		skip("two mappings for two rings");
	ring.memory = map(PAGE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, ring.fd, IORING_OFF_SQ_RING);
	ring.entries = map(PAGE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, ring.fd, IORING_OFF_SQES);
}

// Puts an entry into the ring; the kernel takes none before submit().
static void push(struct io_uring_sqe entry)
{
	unsigned int *tail = (void *)(ring.memory + ring.parameters.sq_off.tail);
	unsigned int *array = (void *)(ring.memory + ring.parameters.sq_off.array);
	unsigned int slot = *tail % SUBMISSIONS;
	ring.entries[slot] = entry;
	array[slot] = slot;
	__atomic_store_n(tail, *tail + 1, __ATOMIC_RELEASE);
}

static void submit(int count)
{
	must("enter", syscall(SYS_io_uring_enter, ring.fd, count, 0, 0, NULL, 0));
}

// A file, an empty place, a pipe, an eventfd; and two stretches of memory.
static void register_things(int in)
{
	int files[] = { make_file("/tmp/zoo uring", PAGE, 0x350), -1, in, eventfd(0, 0) };
	char *memory = map(4 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	fill(memory, 4 * PAGE, 0x351);
	struct iovec buffers[] = { { memory, PAGE }, { memory + PAGE + 512, 2 * PAGE } };
	try("files", syscall(SYS_io_uring_register, ring.fd, IORING_REGISTER_FILES, files, 4));
	try("buffers", syscall(SYS_io_uring_register, ring.fd, IORING_REGISTER_BUFFERS, buffers, 2));
}

// Polls that nothing answers, more completions than there is room for, and entries that nobody submits.
static void uring(void)
{
	int pair[2];
	open_ring();
	must("pipe", pipe(pair));
	register_things(pair[0]);
	for (uint64_t i = 0; i < 3; i++)
		push((struct io_uring_sqe){ .opcode = IORING_OP_POLL_ADD, .fd = pair[0], .poll_events = POLLIN,
					    .user_data = 0x1000 + i });
	submit(3);
	for (uint64_t batch = 0; batch < 3; batch++) {
		for (uint64_t i = 0; i < SUBMISSIONS; i++)
			push((struct io_uring_sqe){ .opcode = IORING_OP_NOP,
						    .user_data = 0xfedcba9876540000 + batch * SUBMISSIONS + i });
		submit(SUBMISSIONS);
	}
	push((struct io_uring_sqe){ .opcode = IORING_OP_READ_FIXED, .flags = IOSQE_FIXED_FILE | IOSQE_ASYNC, .fd = 2,
				    .off = 1ull << 60, .addr = 0x7fff12345678, .len = 77, .rw_flags = 0x10,
				    .buf_index = 1, .user_data = 42 });
	push((struct io_uring_sqe){ .opcode = IORING_OP_TIMEOUT, .fd = -1, .user_data = ~0ull });
	ready();
}

static const struct {
	const char *name;
	unsigned int type, key, value, entries, flags;
	int filled; // entries that are put in
} maps[] = {
	{ "array", 2, 4, 24, 10, 0, 0 },
	{ "array to be mapped", 2, 4, 24, 300, 0x400, 0 },
	{ "array for each CPU", 6, 4, 12, 7, 0, 0 },
	{ "array of programs", 3, 4, 4, 5, 0, 0 },
	{ "array of perf events", 4, 4, 4, 3, 0, 0 },
	{ "hash", 1, 6, 20, 33, 0, 3 },
	{ "hash, not allocated", 1, 6, 20, 33, 1, 3 },
	{ "hash, large, not allocated", 1, 6, 20, 5000, 1, 5 },
	{ "hash for each CPU", 5, 6, 12, 9, 0, 2 },
	{ "hash for each CPU, not allocated", 5, 6, 12, 9, 1, 2 },
	{ "cache", 9, 4, 8, 20, 0, 1 },
	{ "cache for each CPU", 10, 4, 12, 20, 0, 1 },
	{ "stack traces", 7, 4, 8 * 16, 16, 0, 0 },
	{ "trie", 11, 8, 5, 100, 1, 2 },
	{ "CPUs", 16, 4, 4, 2, 0, 0 },
	{ "devices", 14, 4, 4, 6, 0, 0 },
	{ "devices by hash", 25, 4, 4, 6, 0, 0 },
	{ "sockets of a port", 20, 4, 8, 11, 0, 0 },
	{ "queue", 22, 0, 12, 5, 0, 0 },
	{ "stack", 23, 0, 12, 5, 0, 0 },
	{ "ring", 27, 0, 0, 2 * PAGE, 0, 0 },
	{ "bloom filter", 30, 0, 8, 100, 0, 0 }, // 5.16
};

static void fill_map(int fd, unsigned int key_size, int count)
{
	static char value[4096]; // of a map that has one for each CPU, as many
	for (int i = 0; i < count; i++) {
		union {
			uint32_t prefix; // of a trie, in bits
			char bytes[8];
		} key = { .prefix = 8 * (i + 1) };
		memset(key.bytes + 4, i + 1, key_size - 4);
		union bpf_attr attributes = { .map_fd = fd, .key = (uintptr_t)&key, .value = (uintptr_t)value };
		try("element", syscall(SYS_bpf, BPF_MAP_UPDATE_ELEM, &attributes, sizeof(attributes)));
	}
}

static void bpf_maps(void)
{
	// 5.10 charges maps to what a user may lock.
	setrlimit(RLIMIT_MEMLOCK, &(struct rlimit){ RLIM_INFINITY, RLIM_INFINITY });
	for (size_t i = 0; i < sizeof(maps) / sizeof(*maps); i++) {
		union bpf_attr attributes = { .map_type = maps[i].type, .key_size = maps[i].key,
					      .value_size = maps[i].value, .max_entries = maps[i].entries,
					      .map_flags = maps[i].flags };
		int fd = try(maps[i].name, syscall(SYS_bpf, BPF_MAP_CREATE, &attributes, sizeof(attributes)));
		if (fd >= 0)
			fill_map(fd, maps[i].key, maps[i].filled);
	}
	ready();
}

const struct specimen ring_specimens[] = { { "uring", uring }, { "bpfmaps", bpf_maps }, { NULL, NULL } };
