// SPDX-License-Identifier: GPL-2.0-only
/*
 * Carries out a plan's steps that make objects, on any Linux, in namespaces of its own, and prints what came of them: each step
 * with its result, and of every object what the kernel says of it. Whoever runs it holds that against what the plan was made
 * of. Needs root.
 *
 *	objects_test PLAN MEMORY [FAULT [ROOT]]
 *
 * MEMORY: the dead machine's RAM, where a frame is at its number times 4096. ROOT: directory that is to be the root.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/sem.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../resurrect/process.h"
#include "objects_facts.h"

struct executor ex = { .device = -1, .fd_base = 4096, .child = -1 };
static int memory_fd = -1;
static struct fault faults[FAULTS_MAX];

/* --- what the module and the rest of the executor do otherwise */

void complain(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	printf("say ");
	vprintf(format, args);
	putchar('\n');
	va_end(args);
}

int copy_runs(struct owp_range runs, void *to, uint64_t origin)
{
	for (uint32_t i = 0; i < runs.count; i++) {
		const struct owp_page_run *run = RECORD(page_run, PAGE_RUN, runs.first + i);
		char *at = (char *)to + (run->address - origin);

		if (run->source == OWP_PAGE_SOURCE_ZERO || run->source == OWP_PAGE_SOURCE_SWAP)
			memset(at, 0, run->pages * PAGE);
		else if (run->source == OWP_PAGE_SOURCE_PLAN)
			memcpy(at, RECORD(stored_page, STORED_PAGE, run->pfn), run->pages * PAGE);
		else if (pread(memory_fd, at, run->pages * PAGE, run->pfn * PAGE) != run->pages * PAGE)
			return -EIO;
	}
	return 0;
}

static void *read_file(const char *path, size_t *bytes)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct stat about;
	char *contents;

	if (fd < 0 || fstat(fd, &about) < 0)
		return NULL;
	contents = malloc(about.st_size);
	*bytes = about.st_size;
	if (read(fd, contents, about.st_size) != about.st_size)
		return NULL;
	close(fd);
	return contents;
}

static int *empty(uint64_t count)
{
	int *table = malloc((count + 1) * sizeof(int));

	memset(table, 0xff, (count + 1) * sizeof(int));
	return table;
}

static bool load(const char *path)
{
	size_t bytes;
	unsigned char *file = read_file(path, &bytes);
	const struct owp_header *header = (const void *)file;
	const struct owp_section_entry *entry;

	if (!file || memcmp(header->magic, OWP_MAGIC, 8) != 0)
		return false;
	ex.plan.base = file;
	ex.plan.bytes = bytes;
	entry = (const void *)(file + header->sections_offset);
	for (uint32_t i = 0; i < header->sections; i++, entry++) {
		ex.plan.section[entry->section].records = file + entry->offset;
		ex.plan.section[entry->section].count = entry->count;
	}
	ex.file_fd = empty(OWP_COUNT(&ex.plan, FILE));
	ex.inode_fd = empty(OWP_COUNT(&ex.plan, INODE));
	ex.shared_memory_fd = empty(OWP_COUNT(&ex.plan, SHARED_MEMORY));
	ex.shm_id = empty(OWP_COUNT(&ex.plan, SHARED_MEMORY));
	ex.pipe_fd = (int(*)[2])empty(2 * OWP_COUNT(&ex.plan, PIPE));
	ex.terminal_fd = empty(OWP_COUNT(&ex.plan, TERMINAL));
	ex.socket_fd = empty(OWP_COUNT(&ex.plan, SOCKET));
	ex.object_fd[OBJECT_EVENTFD] = empty(OWP_COUNT(&ex.plan, EVENTFD));
	ex.object_fd[OBJECT_EPOLL] = empty(OWP_COUNT(&ex.plan, EPOLL));
	ex.object_fd[OBJECT_TIMERFD] = empty(OWP_COUNT(&ex.plan, TIMERFD));
	ex.object_fd[OBJECT_SIGNALFD] = empty(OWP_COUNT(&ex.plan, SIGNALFD));
	ex.object_fd[OBJECT_INOTIFY] = empty(OWP_COUNT(&ex.plan, INOTIFY));
	ex.object_fd[OBJECT_MESSAGE_QUEUE] = empty(OWP_COUNT(&ex.plan, MESSAGE_QUEUE));
	return true;
}

/* --- a world of its own */

static void give_up(const char *what)
{
	printf("cannot %s: %s\n", what, strerror(errno));
	exit(77);
}

static void loopback_up(void)
{
	struct ifreq request = { .ifr_name = "lo" };
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	request.ifr_flags = IFF_UP | IFF_RUNNING;
	ioctl(fd, SIOCSIFFLAGS, &request);
	close(fd);
}

static void enter_world(const char *root)
{
	if (unshare(CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWIPC | CLONE_NEWNET) < 0)
		give_up("unshare");
	pid_t child = fork();
	int status = 0;

	if (child > 0) {
		waitpid(child, &status, 0);
		exit(WIFEXITED(status) ? WEXITSTATUS(status) : 1);
	}
	if (mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0)
		give_up("make mounts private");
	if (root && (mount("/dev", "dev", NULL, MS_BIND, NULL), mount("/sys", "sys", NULL, MS_BIND, NULL), chroot(".") < 0))
		give_up("enter the root");
	if (chdir("/") < 0 || mount("proc", "/proc", "proc", 0, NULL) < 0)
		give_up("mount /proc");
	if (mount("devpts", "/dev/pts", "devpts", 0, "ptmxmode=666,gid=5,mode=620") < 0)
		give_up("mount /dev/pts");
	loopback_up();
}

/* --- the steps */

static int open_descriptors(void)
{
	DIR *all = opendir("/proc/self/fd");
	int count = 0;

	while (all && readdir(all))
		count++;
	closedir(all);
	return count;
}

static void print_result(uint32_t op, uint32_t object, int error)
{
	printf("step %u %u %d %d %llu\n", op, object, error, ex.child, (unsigned long long)ex.detail);
}

static void run_step(const struct owp_step *step)
{
	operation *run = step->op == OWP_OP_SET_LOCK ? lock_of_file : operation_of(step->op);
	/* Counting takes longer than making; of a large plan the sum at the end has to do. */
	bool small = OWP_COUNT(&ex.plan, STEP) < 1000;
	int before = small ? open_descriptors() : 0, error;

	if (!run)
		return;
	ex.child = -1;
	ex.detail = 0;
	error = run(step->object);
	print_result(step->op, step->object, error);
	if (error && small && open_descriptors() > before)
		printf("left %u %u %d\n", step->op, step->object, open_descriptors() - before);
}

static void run_stages(uint16_t from, uint16_t to)
{
	const struct owp_step *step = RECORD(step, STEP, 0);

	for (uint64_t i = 0; i < OWP_COUNT(&ex.plan, STEP); i++) {
		if (step[i].stage >= from && step[i].stage <= to)
			run_step(step + i);
	}
}

/* --- in place of a process: what only it can do itself */

/* Of the first table, and no other; its first is the result. */
static int take_descriptors(void)
{
	const struct owp_file_table *table = RECORD(file_table, FILE_TABLE, 0);
	const struct owp_descriptor *one = RECORD(descriptor, DESCRIPTOR, table->descriptors.first);

	for (uint32_t i = 0; i < table->descriptors.count; i++)
		dup2(ex.file_fd[one[i].file], one[i].fd);
	for (int fd = ex.fd_base; fd < ex.fd_base + 1024; fd++)
		close(fd);
	return one->fd;
}

static int in_process(uint32_t lock_index)
{
	const struct owp_lock *lock = RECORD(lock, LOCK, lock_index);
	int first = take_descriptors();

	if (lock->kind != OWP_LOCK_KIND_LEASE)
		return lock_in_process(lock_index);
	int error = lock_in_process(lock_index);

	return error ? error : fcntl(first, F_GETLEASE) == F_RDLCK ? 0 : -ENOLCK;
}

static void lock_for_process(uint32_t index)
{
	const struct owp_lock *lock = RECORD(lock, LOCK, index);
	struct flock held = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
	int told[2], error = -EIO;

	if (lock->process == OWP_NONE || pipe(told) < 0)
		return;
	pid_t child = fork();

	if (child == 0) {
		error = in_process(index);
		if (write(told[1], &error, sizeof(error)) < 0)
			_exit(1);
		pause();
	}
	if (read(told[0], &error, sizeof(error)) < 0)
		error = -errno;
	fcntl(ex.file_fd[lock->file], F_GETLK, &held);
	printf("lock %u error=%d type=%d start=%lld length=%lld of_child=%d\n", index, error, held.l_type,
	       (long long)held.l_start, (long long)held.l_len, held.l_pid == child);
	kill(child, SIGKILL);
	waitpid(child, NULL, 0);
	close(told[0]);
	close(told[1]);
}

/* With the values as they are while it is there, and when it has gone. */
static void undo_for_process(void)
{
	for (uint64_t i = 0; i < OWP_COUNT(&ex.plan, SEMAPHORE_SET); i++) {
		int id = RECORD(semaphore_set, SEMAPHORE_SET, i)->ipc_id, status = 0;
		pid_t child;

		fflush(stdout);
		child = fork();
		if (child == 0) {
			int error = semaphore_undo_of(0);

			printf("undo %d error=%d value=%d,%d", id, error, semctl(id, 0, GETVAL), semctl(id, 1, GETVAL));
			fflush(stdout);
			_exit(0);
		}
		waitpid(child, &status, 0);
		printf(" value=%d,%d\n", semctl(id, 0, GETVAL), semctl(id, 1, GETVAL));
	}
}

/*
 * What the kernel says of a queue in its file system: whom it tells, and how (mqueue_read_file(), ipc/mqueue.c). By another
 * process: who is to be told asks no more when it closes the file.
 */
static void print_asked(const char *folder, const char *name)
{
	int kind = -1, signal = -1, pid = -1;
	char path[300];
	FILE *in;

	snprintf(path, sizeof(path), "%s%s", folder, name);
	in = fopen(path, "r");
	if (!in || fscanf(in, "QSIZE:%*d NOTIFY:%d SIGNO:%d NOTIFY_PID:%d", &kind, &signal, &pid) != 3)
		printf(" unreadable=1");
	if (in)
		fclose(in);
	printf(" kind=%d signal=%d mine=%d", kind, signal, pid == getppid());
	fflush(stdout);
	_exit(0);
}

static void print_told(int queue)
{
	struct timespec at_once = { 0 };
	siginfo_t told = { 0 };
	sigset_t all;

	sigfillset(&all);
	sigprocmask(SIG_BLOCK, &all, NULL);
	if (syscall(SYS_mq_timedsend, queue, "x", 1, 0, &at_once) < 0)
		printf(" unsent=%d", errno);
	if (sigtimedwait(&all, &told, &at_once) < 0)
		told.si_signo = 0;
	printf(" told=%d value=%d\n", told.si_signo, told.si_value.sival_int);
}

/* The first process of the plan asks to be told of messages, and one comes. */
static void asks_for_process(void)
{
	const struct owp_thread thread = { .files = 0 };
	struct self self = { .model = &thread };
	pid_t child;
	char folder[] = "/tmp/mqueue.XXXXXX";

	if (!OWP_COUNT(&ex.plan, MESSAGE_NOTIFICATION))
		return;
	if (!mkdtemp(folder) || mount("mqueue", folder, "mqueue", 0, NULL) < 0)
		give_up("mount the file system of message queues");
	fflush(stdout);
	child = fork();
	if (child == 0) {
		int queue = take_descriptors();

		printf("asked 0 error=%d", ask_for_messages(&self));
		fflush(stdout);
		if (fork() == 0)
			print_asked(folder, owp_string(&ex.plan, RECORD(message_queue, MESSAGE_QUEUE, 0)->name));
		wait(NULL);
		print_told(queue);
		fflush(stdout);
		_exit(0);
	}
	waitpid(child, NULL, 0);
	umount(folder);
	rmdir(folder);
}

int main(int argc, char **argv)
{
	static char lines[1 << 20];
	struct rlimit many;
	int before;

	setvbuf(stdout, lines, _IOLBF, sizeof(lines));
	if (argc < 3 || !load(argv[1]))
		give_up("read the plan");
	memory_fd = open(argv[2], O_RDONLY | O_CLOEXEC);
	getrlimit(RLIMIT_NOFILE, &many);
	many.rlim_cur = many.rlim_max;
	setrlimit(RLIMIT_NOFILE, &many);
	choose_faults(argc > 3 ? argv[3] : "", faults);
	if (argc > 4 && chdir(argv[4]) < 0)
		give_up("enter the root");
	enter_world(argc > 4 ? argv[4] : NULL);
	before = open_descriptors();
	run_stages(OWP_STAGE_STORAGE, OWP_STAGE_OBJECTS);
	after_objects(print_result);
	run_stages(OWP_STAGE_FILES, OWP_STAGE_FILES);
	after_files(print_result);
	after_memory(print_result);
	print_facts();
	/* Of plans made for this program, in which the first table of files is that of all who have locks. */
	for (uint64_t i = 0; OWP_COUNT(&ex.plan, FILE_TABLE) == 1 && i < OWP_COUNT(&ex.plan, LOCK); i++)
		lock_for_process(i);
	undo_for_process();
	asks_for_process();
	close_objects();
	printf("descriptors left %d\n", open_descriptors() - before);
	return 0;
}
