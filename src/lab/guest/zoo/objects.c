// Descriptors of the kernel's own objects: events, timers, rings, and the like.

#include "zoo.h"

#include <linux/aio_abi.h>
#include <linux/bpf.h>
#include <linux/io_uring.h>
#include <linux/perf_event.h>
#include <mqueue.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/fanotify.h>
#include <sys/inotify.h>
#include <sys/ioctl.h>
#include <sys/signalfd.h>
#include <sys/timerfd.h>
#include <termios.h>
#include <time.h>

static void events(void)
{
	sigset_t set;
	int pair[2], counter = must("eventfd", eventfd(42, EFD_NONBLOCK));
	try("semaphore", eventfd(7, EFD_SEMAPHORE));
	must("pipe", pipe(pair));
	int outer = must("epoll", epoll_create1(EPOLL_CLOEXEC)), inner = epoll_create1(0);
	struct epoll_event event = { .events = EPOLLIN | EPOLLET, .data.u64 = 0xabcdef0123456789 };
	epoll_ctl(outer, EPOLL_CTL_ADD, counter, &event);
	event = (struct epoll_event){ .events = EPOLLIN | EPOLLONESHOT, .data.fd = pair[0] };
	epoll_ctl(outer, EPOLL_CTL_ADD, pair[0], &event);
	event = (struct epoll_event){ .events = EPOLLOUT, .data.u64 = 1 };
	epoll_ctl(inner, EPOLL_CTL_ADD, pair[1], &event);
	event = (struct epoll_event){ .events = EPOLLIN, .data.u64 = 2 };
	epoll_ctl(outer, EPOLL_CTL_ADD, inner, &event);
	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	sigaddset(&set, SIGCHLD);
	sigprocmask(SIG_BLOCK, &set, NULL);
	raise(SIGUSR1);
	try("signalfd", signalfd(-1, &set, SFD_NONBLOCK));
	ready();
}

static void timers(void)
{
	struct itimerspec later = { .it_value = { 500000, 123456789 }, .it_interval = { 77, 5 } };
	struct itimerspec expired = { .it_value = { 0, 1000000 } };
	int fd = must("timerfd", timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK));
	must("settime", timerfd_settime(fd, 0, &later, NULL));
	fd = timerfd_create(CLOCK_REALTIME, TFD_CLOEXEC);
	struct itimerspec date = { .it_value = { 4102444800, 0 } }; // the year 2100
	try("settime", timerfd_settime(fd, TFD_TIMER_ABSTIME, &date, NULL));
	fd = timerfd_create(CLOCK_BOOTTIME, 0);
	try("settime", timerfd_settime(fd, 0, &expired, NULL)); // has fired, nobody read it
	try("unarmed", timerfd_create(CLOCK_BOOTTIME, 0));
	try("alarm clock", timerfd_create(CLOCK_BOOTTIME_ALARM, 0));
	ready();
}

// On a mount, on a file system, and on a mount namespace: nothing happens there.
static void wide_marks(int group)
{
	unsigned int ignored = FAN_MARK_ADD | FAN_MARK_IGNORED_MASK | FAN_MARK_IGNORED_SURV_MODIFY | FAN_MARK_MOUNT;
	try("mount", fanotify_mark(group, FAN_MARK_ADD | FAN_MARK_MOUNT, FAN_CLOSE_WRITE, AT_FDCWD, "/dev/hugepages"));
	try("ignored", fanotify_mark(group, ignored, FAN_MODIFY, AT_FDCWD, "/dev/mqueue"));
	try("file system", fanotify_mark(group, FAN_MARK_ADD | FAN_MARK_FILESYSTEM, FAN_CLOSE_WRITE | FAN_ONDIR, AT_FDCWD,
					 "/dev/hugepages"));
	int mounts = fanotify_init(FAN_CLASS_NOTIF | FAN_NONBLOCK | 0x4000, O_RDONLY); // FAN_REPORT_MNT, 6.15
	int here = open("/proc/self/ns/mnt", O_RDONLY | O_CLOEXEC);
	if (mounts >= 0) // FAN_MARK_MNTNS, FAN_MNT_ATTACH
		try("mount namespace", fanotify_mark(mounts, FAN_MARK_ADD | 0x110, 0x1000000, here, NULL));
}

static void watches(void)
{
	int fd = must("inotify", inotify_init1(IN_NONBLOCK));
	try("watch", inotify_add_watch(fd, "/otherworld/zoo", IN_CREATE | IN_DELETE));
	try("watch", inotify_add_watch(fd, "/tmp", IN_ALL_EVENTS));
	close(open("/tmp/zoo-watched", O_WRONLY | O_CREAT, 0600)); // an event that nobody reads
	int all = try("fanotify", fanotify_init(FAN_CLASS_NOTIF | FAN_NONBLOCK, O_RDONLY));
	try("mark", fanotify_mark(all, FAN_MARK_ADD, FAN_CLOSE_WRITE, AT_FDCWD, "/otherworld/zoo"));
	wide_marks(all);
	ready();
}

static void handles(void)
{
	struct perf_event_attr attributes = { .type = PERF_TYPE_SOFTWARE, .size = sizeof(attributes),
					      .config = PERF_COUNT_SW_PAGE_FAULTS };
	union bpf_attr map = { .map_type = BPF_MAP_TYPE_HASH, .key_size = 4, .value_size = 8, .max_entries = 16 };
	struct bpf_insn code[] = { { .code = BPF_ALU64 | BPF_MOV | BPF_K }, { .code = BPF_JMP | BPF_EXIT } };
	union bpf_attr program = { .prog_type = BPF_PROG_TYPE_SOCKET_FILTER, .insn_cnt = 2,
				   .insns = (uintptr_t)code, .license = (uintptr_t) "GPL" };
	try("pidfd", syscall(SYS_pidfd_open, getpid(), 0));
	try("pidfd", syscall(SYS_pidfd_open, 1, 0));
	try("perf", syscall(SYS_perf_event_open, &attributes, 0, -1, -1, 0));
	try("bpf map", syscall(SYS_bpf, BPF_MAP_CREATE, &map, sizeof(map)));
	try("bpf program", syscall(SYS_bpf, BPF_PROG_LOAD, &program, sizeof(program)));
	try("userfaultfd", syscall(SYS_userfaultfd, O_CLOEXEC));
	try("secret memory", syscall(447, 0)); // memfd_secret, 5.14, where the command line allows it
	try("fs context", syscall(430, "tmpfs", 0)); // fsopen
	try("detached mount", syscall(428, AT_FDCWD, "/tmp", 1)); // open_tree with OPEN_TREE_CLONE
	try("landlock", syscall(444, &(uint64_t){ 1 }, 8, 0));
	ready();
}

static void rings(void)
{
	struct io_uring_params parameters = { 0 };
	aio_context_t context = 0;
	int fd = syscall(SYS_io_uring_setup, 8, &parameters);
	if (try("io_uring", fd) >= 0) {
		map(PAGE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, fd, IORING_OFF_SQ_RING);
		map(PAGE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, fd, IORING_OFF_SQES);
	}
	try("aio", syscall(SYS_io_setup, 32, &context));
	struct perf_event_attr attributes = { .type = PERF_TYPE_SOFTWARE, .size = sizeof(attributes),
					      .config = PERF_COUNT_SW_CONTEXT_SWITCHES, .disabled = 1 };
	fd = syscall(SYS_perf_event_open, &attributes, 0, -1, -1, 0);
	if (try("perf", fd) >= 0)
		map(3 * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	ready();
}

static void queues(void)
{
	struct mq_attr attributes = { .mq_maxmsg = 5, .mq_msgsize = 64 };
	mqd_t queue = must("mq_open", mq_open("/zoo-queue", O_RDWR | O_CREAT | O_NONBLOCK, 0600, &attributes));
	try("mq_send", mq_send(queue, "less urgent", 11, 1));
	try("mq_send", mq_send(queue, "more urgent", 11, 9));
	ready();
}

// A line, an end of file (^D) in the middle of another one, and a third that is not done.
static void typed_lines(void)
{
	int unlock = 0, number;
	char path[32];
	int master = must("ptmx", open("/dev/ptmx", O_RDWR | O_NOCTTY));
	must("unlock", ioctl(master, TIOCSPTLCK, &unlock));
	must("number", ioctl(master, TIOCGPTN, &number));
	snprintf(path, sizeof(path), "/dev/pts/%d", number);
	must("slave", open(path, O_RDWR | O_NOCTTY));
	must("write", write(master, "whole line\nmore\004tail", 20));
}

// Both ends of a pseudo-terminal in one process, with input half typed and output unread.
static void ptys(void)
{
	int unlock = 0, number, packet = 1;
	char path[32];
	int master = must("ptmx", open("/dev/ptmx", O_RDWR | O_NOCTTY));
	must("unlock", ioctl(master, TIOCSPTLCK, &unlock));
	must("number", ioctl(master, TIOCGPTN, &number));
	snprintf(path, sizeof(path), "/dev/pts/%d", number);
	int slave = must("slave", open(path, O_RDWR | O_NOCTTY));
	must("write", write(master, "half a li", 9));
	must("write", write(slave, "unread output\n", 14));
	ioctl(master, TIOCPKT, &packet);
	try("a second master", open("/dev/ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC));
	typed_lines();
	ready();
}

const struct specimen object_specimens[] = {
	{ "events", events }, { "timers", timers }, { "watches", watches }, { "handles", handles },
	{ "rings", rings },   { "queues", queues }, { "ptys", ptys },	    { NULL, NULL },
};
