// System calls in progress at the death, which the other side completes afterwards.

#include "victims.h"

#include <sys/eventfd.h>
#include <sys/file.h>
#include <sys/inotify.h>
#include <sys/msg.h>
#include <sys/sem.h>
#include <sys/socket.h>
#include <sys/un.h>

static int ends[2];
static int object = -1;

// Begun anew where it was interrupted: what a signal without a handler does, or a kernel that gives EINTR.
#define AGAIN(call) \
	({ \
		long result_; \
		while ((result_ = (call)) < 0 && errno == EINTR) \
			; \
		result_; \
	})

static void write_text(void)
{
	const char *text = broken(1) ? "other" : "words";
	need("write", write(ends[1], text, 5));
}

static void check_got(const char *what, long n, const char *found)
{
	check_is(what, n, 5);
	check(n != 5 || memcmp(found, "words", 5) == 0, "%s: '%.5s'", what, found);
}

static void in_read(void)
{
	char found[16] = "";
	need("pipe", pipe(ends));
	pid_t pid = waker(write_text);
	close(ends[1]);
	check_got("read", read(ends[0], found, sizeof(found)), found);
	join(pid);
	check_is("end of file", read(ends[0], found, 1), 0);
}

static void in_recv(void)
{
	char found[16] = "";
	need("socketpair", socketpair(AF_UNIX, SOCK_DGRAM, 0, ends));
	pid_t pid = waker(write_text);
	check_got("recv", recv(ends[0], found, sizeof(found), 0), found);
	join(pid);
}

static struct sockaddr_un address = { .sun_family = AF_UNIX };

static socklen_t abstract(void)
{
	int n = snprintf(address.sun_path + 1, 90, "victims-%s-%d", self->name, getpid());
	return offsetof(struct sockaddr_un, sun_path) + 1 + n;
}

static socklen_t address_size;

static void connect_and_write(void)
{
	ends[1] = need("socket", socket(AF_UNIX, SOCK_STREAM, 0));
	need("connect", connect(ends[1], (struct sockaddr *)&address, address_size));
	write_text();
}

static void in_accept(void)
{
	char found[16] = "";
	int listener = need("socket", socket(AF_UNIX, SOCK_STREAM, 0));
	address_size = abstract();
	need("bind", bind(listener, (struct sockaddr *)&address, address_size));
	need("listen", listen(listener, 5));
	pid_t pid = waker(connect_and_write);
	int fd = need("accept", accept(listener, NULL, NULL));
	check_got("read", read(fd, found, sizeof(found)), found);
	join(pid);
}

static uint32_t *word;

static void wake_futex(void)
{
	__atomic_store_n(word, broken(1) ? 2 : 1, __ATOMIC_SEQ_CST);
	syscall(SYS_futex, word, 1, 10, NULL, NULL, 0); // FUTEX_WAKE
}

// Of shared memory: waiter and waker are different processes.
static void in_futex(void)
{
	word = map(PAGE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	pid_t pid = waker(wake_futex);
	while (__atomic_load_n(word, __ATOMIC_SEQ_CST) == 0)
		syscall(SYS_futex, word, 0, 0, NULL, NULL, 0); // FUTEX_WAIT
	check_is("word", *word, 1);
	join(pid);
}

static void end_with_status(void)
{
	_exit(broken(1) ? 1 : 33);
}

static void in_wait(void)
{
	int status = 0;
	pid_t pid = waker(end_with_status);
	check_is("wait4", wait4(pid, &status, 0, NULL), pid);
	check_is("status", status, 33 << 8);
}

// --- locks that a child holds, and lets go

static struct word set;

static pid_t holder(void (*lock)(void), void (*unlock)(void))
{
	pid_t target = getpid();
	set = promise();
	pid_t pid = child();
	if (pid != 0) {
		hear(set);
		return pid;
	}
	lock();
	tell(set);
	until_asleep(target, target);
	across();
	if (broken(1))
		raise(SIGKILL); // unlocks too, but is no good end
	unlock();
	end_child();
}

static void lock_file(void)
{
	object = need("file", open(work_path("lock"), O_RDWR | O_CLOEXEC));
	need("flock", flock(object, LOCK_EX));
}

static void unlock_file(void)
{
	check_error("flock of the other", flock(need("file", open(work_path("lock"), O_RDWR | O_CLOEXEC)), LOCK_EX | LOCK_NB),
		    EWOULDBLOCK);
	need("flock", flock(object, LOCK_UN));
}

static void in_flock(void)
{
	int fd = work_file("lock", 10, 1);
	pid_t pid = holder(lock_file, unlock_file);
	check_is("flock", AGAIN(flock(fd, LOCK_EX)), 0);
	join(pid);
}

static void lock_range(int command, int type)
{
	struct flock range = { .l_type = type, .l_whence = SEEK_SET, .l_start = 3, .l_len = 4 };
	need("fcntl", AGAIN(fcntl(object, command, &range)));
}

static void lock_record(void)
{
	lock_range(F_SETLK, F_WRLCK);
}

static void unlock_record(void)
{
	lock_range(F_SETLK, F_UNLCK);
}

static void in_fcntl(void)
{
	object = work_file("record", 10, 1);
	pid_t pid = holder(lock_record, unlock_record);
	lock_range(F_SETLKW, F_WRLCK);
	join(pid);
}

// --- System V

static void remove_queue(void)
{
	if (object >= 0)
		msgctl(object, IPC_RMID, NULL);
}

static void remove_semaphores(void)
{
	if (object >= 0)
		semctl(object, 0, IPC_RMID);
}

static void send_message(void)
{
	struct { long type; char text[5]; } message = { broken(1) ? 8 : 7, "words" };
	need("msgsnd", msgsnd(object, &message, 5, 0));
	if (broken(1)) {
		message.type = 7;
		memcpy(message.text, "other", 5);
		need("msgsnd", msgsnd(object, &message, 5, 0));
	}
}

static void in_msgrcv(void)
{
	struct { long type; char text[16]; } message;
	object = need("msgget", msgget(IPC_PRIVATE, 0600));
	pid_t pid = waker(send_message);
	at_verdict = remove_queue;
	check_got("msgrcv", AGAIN(msgrcv(object, &message, 16, 7, 0)), message.text);
	join(pid);
}

static void raise_semaphore(void)
{
	struct sembuf up = { 1, broken(1) ? 4 : 3, 0 };
	need("semop", semop(object, &up, 1));
}

static void in_semop(void)
{
	struct sembuf down = { 1, -2, 0 };
	object = need("semget", semget(IPC_PRIVATE, 2, 0600));
	pid_t pid = waker(raise_semaphore);
	at_verdict = remove_semaphores;
	check_is("semop", AGAIN(semop(object, &down, 1)), 0);
	check_is("semaphore", semctl(object, 1, GETVAL), 1);
	join(pid);
}

static void add_event(void)
{
	uint64_t count = broken(1) ? 6 : 5;
	need("write", write(object, &count, 8));
}

static void in_eventfd(void)
{
	uint64_t count = 0;
	object = need("eventfd", eventfd(0, 0));
	pid_t pid = waker(add_event);
	check_is("read", read(object, &count, 8), 8);
	check_is("count", count, 5);
	join(pid);
}

static char folder[300];

static void make_name(void)
{
	char path[320];
	snprintf(path, sizeof(path), "%s/%s", folder, broken(1) ? "other" : "name");
	close(need("file", open(path, O_CREAT | O_WRONLY | O_CLOEXEC, 0600)));
}

static void in_inotify(void)
{
	char found[4096] __attribute__((aligned(8)));
	struct inotify_event *event = (struct inotify_event *)found;
	snprintf(folder, sizeof(folder), "%s/work/in-inotify-folder", directory);
	need("mkdir", mkdir(folder, 0755));
	int at = need("folder", open(folder, O_RDONLY | O_DIRECTORY));
	to_disk(at);
	close(at);
	object = need("inotify", inotify_init1(IN_CLOEXEC));
	int watch = need("inotify", inotify_add_watch(object, folder, IN_CREATE));
	pid_t pid = waker(make_name);
	need("read", AGAIN(read(object, found, sizeof(found))));
	check_is("watch", event->wd, watch);
	check_is("event", event->mask, IN_CREATE);
	check_text("name", event->name, "name");
	join(pid);
}

const struct victim call_victims[] = {
	{ "in-read", "asleep in read of a pipe", in_read, 0, NULL },
	{ "in-recv", "asleep in recv", in_recv, 0, NULL },
	{ "in-accept", "asleep in accept: a connection comes afterwards", in_accept, 0, NULL },
	{ "in-futex", "asleep in a futex of shared memory", in_futex, 0, NULL },
	{ "in-wait", "asleep in wait4: the child ends afterwards", in_wait, 0, NULL },
	{ "in-flock", "asleep in flock: the holder unlocks afterwards", in_flock, 0, NULL },
	{ "in-fcntl", "asleep in F_SETLKW", in_fcntl, 0, NULL },
	{ "in-msgrcv", "asleep in msgrcv", in_msgrcv, 0, NULL },
	{ "in-semop", "asleep in semop", in_semop, 0, NULL },
	{ "in-eventfd", "asleep in read of an eventfd", in_eventfd, 0, NULL },
	{ "in-inotify", "asleep in read of an inotify: a file is made afterwards", in_inotify, 0, NULL },
	{ NULL, NULL, NULL, 0, NULL },
};
