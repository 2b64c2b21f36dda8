// BPF maps of every kind that a program can make without a compiler: what /proc/PID/fdinfo says of their memory is
// counted in a way of its own for each kind.

#include "zoo.h"

#include <arpa/inet.h>
#include <linux/bpf.h>
#include <netinet/in.h>
#include <sys/resource.h>
#include <sys/socket.h>

struct kind {
	const char *name;
	unsigned int type, key, value, entries, flags;
	int filled; // entries that are put in
};

static const struct kind maps[] = {
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

static const struct kind more_maps[] = {
	{ "cgroups", 8, 4, 4, 3, 0, 0 },
	{ "storage of cgroups by attachment", 19, 16, 24, 0, 0, 0 },
	{ "storage of cgroups by attachment for each CPU", 21, 8, 24, 0, 0, 0 },
	{ "sockets for XDP", 17, 4, 4, 9, 0, 0 },
	{ "ring of a user", 31, 0, 0, 4 * PAGE, 0, 0 }, // 6.1
	{ "arena", 33, 0, 0, 2, 0x400, 0 }, // 6.9
	{ "instructions", 34, 4, 16, 7, 0, 0 }, // 6.19
	{ "hash that grows", 35, 6, 20, 33, 1, 3 }, // 7.1
};

// Those that hang on something, need BTF, and count no entries.
static const struct kind storages[] = {
	{ "storage of sockets", 24, 4, 4, 0, 1, 0 },
	{ "storage of inodes", 28, 4, 4, 0, 1, 0 },
	{ "storage of tasks", 29, 4, 4, 0, 1, 0 },
	{ "storage of cgroups", 32, 4, 4, 0, 1, 0 }, // 6.2
};

static long bpf(int command, union bpf_attr *attributes)
{
	return syscall(SYS_bpf, command, attributes, sizeof(*attributes));
}

static int make_map(const struct kind *kind, union bpf_attr attributes)
{
	attributes.map_type = kind->type;
	attributes.key_size = kind->key;
	attributes.value_size = kind->value;
	attributes.max_entries = kind->entries;
	attributes.map_flags = kind->flags;
	return try(kind->name, bpf(BPF_MAP_CREATE, &attributes));
}

static void put_in(int fd, const void *key, const void *value)
{
	union bpf_attr attributes = { .map_fd = fd, .key = (uintptr_t)key, .value = (uintptr_t)value };
	try("element", bpf(BPF_MAP_UPDATE_ELEM, &attributes));
}

static void fill_map(int fd, unsigned int key_size, int count)
{
	static char value[4096]; // of a map that has one for each CPU, as many
	for (int i = 0; i < count; i++) {
		union {
			uint32_t prefix; // of a trie, in bits
			char bytes[8];
		} key = { .prefix = 8 * (i + 1) };
		memset(key.bytes + 4, i + 1, key_size - 4);
		put_in(fd, &key, value);
	}
}

static void make_maps(const struct kind *kinds, size_t count, union bpf_attr attributes)
{
	// 5.10 charges maps to what a user may lock.
	setrlimit(RLIMIT_MEMLOCK, &(struct rlimit){ RLIM_INFINITY, RLIM_INFINITY });
	for (size_t i = 0; i < count; i++) {
		int fd = make_map(&kinds[i], attributes);
		if (fd >= 0)
			fill_map(fd, kinds[i].key, kinds[i].filled);
	}
}

static void bpf_maps(void)
{
	make_maps(maps, sizeof(maps) / sizeof(*maps), (union bpf_attr){ 0 });
	ready();
}

// Maps of maps, and one of sockets with one in it.
static void make_nested(void)
{
	static const struct kind array_of_maps = { "array of maps", 12, 4, 4, 6, 0, 0 };
	static const struct kind hash_of_maps = { "hash of maps", 13, 4, 4, 20, 0, 0 };
	static const struct kind sockets = { "sockets", 15, 4, 4, 8, 0, 0 };
	static const struct kind sockets_by_hash = { "sockets by hash", 18, 4, 8, 10, 0, 0 };
	int inner = make_map(&maps[0], (union bpf_attr){ 0 });
	union bpf_attr with = { .inner_map_fd = inner };
	make_map(&array_of_maps, with);
	int outer = make_map(&hash_of_maps, with);
	if (outer >= 0)
		put_in(outer, &(uint32_t){ 77 }, &(uint32_t){ inner });
	make_map(&sockets, (union bpf_attr){ 0 });
	int by_hash = make_map(&sockets_by_hash, (union bpf_attr){ 0 });
	int udp = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	struct sockaddr_in here = { .sin_family = AF_INET, .sin_addr = { htonl(INADDR_LOOPBACK) } };
	if (by_hash >= 0 && try("bind", bind(udp, (struct sockaddr *)&here, sizeof(here))) == 0)
		put_in(by_hash, &(uint32_t){ 5 }, &(uint64_t){ udp });
}

// The smallest BTF: one type, unsigned, of 32 bits.
static int make_btf(void)
{
	static const struct {
		uint16_t magic;
		uint8_t version, flags;
		uint32_t header, types, type_bytes, strings, string_bytes;
		uint32_t name, kind, size, bits;
		char text[4];
	} btf = { 0xeb9f, 1, 0, 24, 0, 16, 16, 4, 1, 1u << 24, 4, 32, "\0u4" };
	union bpf_attr attributes = { .btf = (uintptr_t)&btf, .btf_size = sizeof(btf) };
	return try("BTF", bpf(BPF_BTF_LOAD, &attributes));
}

// An array of programs belongs to the first program that names it: r2 = the array, r3 = 0, tail call, return 0.
static void make_owned(void)
{
	static const struct kind programs = { "array of programs", 3, 4, 4, 5, 0, 0 };
	int fd = make_map(&programs, (union bpf_attr){ 0 });
	struct bpf_insn code[] = {
		{ .code = BPF_LD | BPF_DW | BPF_IMM, .dst_reg = 2, .src_reg = BPF_PSEUDO_MAP_FD, .imm = fd },
		{ 0 },
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = 3 },
		{ .code = BPF_JMP | BPF_CALL, .imm = BPF_FUNC_tail_call },
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K },
		{ .code = BPF_JMP | BPF_EXIT },
	};
	union bpf_attr program = { .prog_type = BPF_PROG_TYPE_SOCKET_FILTER,
				   .insn_cnt = sizeof(code) / sizeof(*code),
				   .insns = (uintptr_t)code,
				   .license = (uintptr_t) "GPL" };
	if (fd >= 0)
		try("program with a tail", bpf(BPF_PROG_LOAD, &program));
}

static void more_bpf_maps(void)
{
	make_maps(more_maps, sizeof(more_maps) / sizeof(*more_maps), (union bpf_attr){ 0 });
	make_nested();
	make_owned();
	int btf = make_btf();
	make_maps(storages, sizeof(storages) / sizeof(*storages),
		  (union bpf_attr){ .btf_fd = btf, .btf_key_type_id = 1, .btf_value_type_id = 1 });
	close(btf);
	ready();
}

const struct specimen bpf_specimens[] = { { "bpfmaps", bpf_maps }, { "bpfmore", more_bpf_maps }, { NULL, NULL } };
