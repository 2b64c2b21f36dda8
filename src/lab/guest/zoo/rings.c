// io_uring instances with something in every place, and with entries of every size: what /proc/PID/fdinfo says of them is
// long, and differs from kernel to kernel.

#include "zoo.h"

#include <grp.h>
#include <linux/io_uring.h>
#include <poll.h>
#include <stdbool.h>
#include <sys/eventfd.h>
#include <sys/uio.h>

#define SUBMISSIONS 4
#define COMPLETIONS 8

// Newer than the header here: 6.6, 6.18 and 7.0.
#define SETUP_NO_SQARRAY (1u << 16)
#define SETUP_CQE_MIXED (1u << 18)
#define SETUP_SQE_MIXED (1u << 19)
#define NOP_CQE32 (1u << 5)
#define OP_NOP128 63
#define OP_OF_NO_KERNEL 250
#define REGISTER_NAPI 27 // 6.9

struct ring {
	int fd;
	struct io_uring_params parameters;
	char *memory;
	struct io_uring_sqe *entries;
};

static bool open_ring(struct ring *ring, const char *what, unsigned int flags, unsigned int submissions)
{
	struct io_uring_params *parameters = &ring->parameters;
	*parameters = (struct io_uring_params){ .flags = IORING_SETUP_CQSIZE | flags, .cq_entries = COMPLETIONS };
	ring->fd = try(what, syscall(SYS_io_uring_setup, submissions, parameters));
	if (ring->fd < 0)
		return false;
	if (!(parameters->features & IORING_FEAT_SINGLE_MMAP))
		skip("two mappings for two rings");
	ring->memory = map(PAGE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, ring->fd, IORING_OFF_SQ_RING);
	ring->entries = map(PAGE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, ring->fd, IORING_OFF_SQES);
	return true;
}

// Puts an entry into the ring; the kernel takes none before submit(). What is behind the first half of a long one is
// written too; it takes two places, unless all in the ring are long.
static void push_long(struct ring *ring, struct io_uring_sqe entry, int places)
{
	unsigned int *tail = (void *)(ring->memory + ring->parameters.sq_off.tail);
	unsigned int *array = (void *)(ring->memory + ring->parameters.sq_off.array);
	unsigned int slot = *tail % ring->parameters.sq_entries;
	bool are_long = ring->parameters.flags & IORING_SETUP_SQE128;
	struct io_uring_sqe *to = ring->entries + slot * (are_long ? 2 : 1);
	to[0] = entry;
	if (are_long || places > 1)
		fill(to + 1, sizeof(*to), 0x352);
	for (int i = 0; i < places && !(ring->parameters.flags & SETUP_NO_SQARRAY); i++)
		array[slot + i] = slot + i;
	__atomic_store_n(tail, *tail + places, __ATOMIC_RELEASE);
}

static void push(struct ring *ring, struct io_uring_sqe entry)
{
	push_long(ring, entry, 1);
}

static void push_nops(struct ring *ring, uint64_t from, int count)
{
	for (int i = 0; i < count; i++)
		push(ring, (struct io_uring_sqe){ .opcode = IORING_OP_NOP, .user_data = from + i });
}

static void push_unknown(struct ring *ring)
{
	push(ring, (struct io_uring_sqe){ .opcode = OP_OF_NO_KERNEL, .fd = 7, .user_data = 5 });
}

static void submit(struct ring *ring, int count)
{
	must("enter", syscall(SYS_io_uring_enter, ring->fd, count, 0, 0, NULL, 0));
}

// A file, an empty place, a pipe, an eventfd; and two stretches of memory.
static void register_things(struct ring *ring, int in)
{
	int files[] = { make_file("/tmp/zoo uring", PAGE, 0x350), -1, in, eventfd(0, 0) };
	char *memory = map(4 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	fill(memory, 4 * PAGE, 0x351);
	struct iovec buffers[] = { { memory, PAGE }, { memory + PAGE + 512, 2 * PAGE } };
	try("files", syscall(SYS_io_uring_register, ring->fd, IORING_REGISTER_FILES, files, 4));
	try("buffers", syscall(SYS_io_uring_register, ring->fd, IORING_REGISTER_BUFFERS, buffers, 2));
}

static const struct io_uring_sqe reads = { .opcode = IORING_OP_READ_FIXED, .flags = IOSQE_FIXED_FILE | IOSQE_ASYNC,
					   .fd = 2, .off = 1ull << 60, .addr = 0x7fff12345678, .len = 77,
					   .rw_flags = 0x10, .buf_index = 1, .user_data = 42 };

// Polls that nothing answers, more completions than there is room for, and entries that nobody submits.
static void uring(void)
{
	struct ring ring;
	int pair[2];
	if (!open_ring(&ring, "io_uring", 0, SUBMISSIONS))
		skip("no io_uring");
	must("pipe", pipe(pair));
	register_things(&ring, pair[0]);
	for (uint64_t i = 0; i < 3; i++)
		push(&ring, (struct io_uring_sqe){ .opcode = IORING_OP_POLL_ADD, .fd = pair[0],
						   .poll_events = POLLIN, .user_data = 0x1000 + i });
	submit(&ring, 3);
	for (uint64_t batch = 0; batch < 3; batch++) {
		push_nops(&ring, 0xfedcba9876540000 + batch * SUBMISSIONS, SUBMISSIONS);
		submit(&ring, SUBMISSIONS);
	}
	push(&ring, reads);
	push(&ring, (struct io_uring_sqe){ .opcode = IORING_OP_TIMEOUT, .fd = -1, .user_data = ~0ull });
	ready();
}

// All entries are long; the process has taken the first completion, and written behind each of them.
static void long_entries(void)
{
	struct ring ring;
	if (!open_ring(&ring, "long entries", IORING_SETUP_SQE128 | IORING_SETUP_CQE32, SUBMISSIONS))
		return;
	push_nops(&ring, 0x2000, 3);
	submit(&ring, 3);
	uint64_t(*completions)[4] = (void *)(ring.memory + ring.parameters.cq_off.cqes);
	for (uint64_t i = 0; i < 3; i++) {
		completions[i][2] = 0xe100000000 + i;
		completions[i][3] = 0xe2000000000 + i;
	}
	unsigned int *head = (void *)(ring.memory + ring.parameters.cq_off.head);
	__atomic_store_n(head, 1, __ATOMIC_RELEASE);
	push(&ring, reads);
	push_unknown(&ring);
}

// Long entries among short ones, the last of them with its second half beyond the end of the ring.
static void mixed_entries(void)
{
	struct ring ring;
	const struct io_uring_sqe nop128 = { .opcode = OP_NOP128, .fd = 3, .user_data = 0x3011 };
	if (!open_ring(&ring, "entries of both sizes", SETUP_CQE_MIXED | SETUP_SQE_MIXED, 2 * SUBMISSIONS))
		return;
	push_nops(&ring, 0x3000, 1);
	push(&ring, (struct io_uring_sqe){ .opcode = IORING_OP_NOP, .rw_flags = NOP_CQE32, .off = 0xe3e3, .addr = 0xe4e4,
					   .user_data = 0x3001 });
	push_nops(&ring, 0x3002, 1);
	submit(&ring, 3);
	push_nops(&ring, 0x3010, 1);
	push_long(&ring, nop128, 2);
	push_nops(&ring, 0x3012, 1);
	push_long(&ring, nop128, 1);
}

// The ring's order is that of the entries; the last is long where none may be.
static void ordered_entries(void)
{
	struct ring ring;
	if (!open_ring(&ring, "no array of entries", SETUP_NO_SQARRAY, SUBMISSIONS))
		return;
	push_nops(&ring, 0x4000, 1);
	submit(&ring, 1);
	push(&ring, reads);
	push_unknown(&ring);
	push(&ring, (struct io_uring_sqe){ .opcode = OP_NOP128, .user_data = 0x4001 });
}

static void sizes(void)
{
	long_entries();
	mixed_entries();
	ordered_entries();
	ready();
}

// As somebody else, with groups and without; and as root.
static void credentials(void)
{
	struct ring ring;
	gid_t groups[] = { 7, 70000, 4000000000 };
	if (!open_ring(&ring, "ring", 0, SUBMISSIONS))
		skip("no io_uring");
	must("groups", setgroups(3, groups));
	must("gid", setresgid(1010, 1011, 1012));
	must("uid", setresuid(1000, 1001, 0));
	try("somebody", syscall(SYS_io_uring_register, ring.fd, IORING_REGISTER_PERSONALITY, NULL, 0));
	must("uid", setresuid(0, 0, 0));
	must("gid", setresgid(0, 0, 0));
	must("groups", setgroups(0, NULL));
	try("root", syscall(SYS_io_uring_register, ring.fd, IORING_REGISTER_PERSONALITY, NULL, 0));
	must("groups", setgroups(1, groups));
}

// `tracking`: IO_URING_NAPI_TRACKING_* of 6.13.
static void busy_poll(const char *what, uint32_t tracking, uint8_t prefers)
{
	struct ring ring;
	struct {
		uint32_t microseconds;
		uint8_t prefers, operation, pad[2];
		uint32_t tracking, reserved;
	} settings = { .microseconds = 1234 + tracking, .prefers = prefers, .tracking = tracking };
	if (open_ring(&ring, "ring", 0, SUBMISSIONS))
		try(what, syscall(SYS_io_uring_register, ring.fd, REGISTER_NAPI, &settings, 1));
}

static void settings(void)
{
	credentials();
	busy_poll("busy polling", 0, 1);
	busy_poll("busy polling of what is told", 1, 0);
	ready();
}

const struct specimen ring_specimens[] = {
	{ "uring", uring }, { "uringsizes", sizes }, { "uringset", settings }, { NULL, NULL },
};
