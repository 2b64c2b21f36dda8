// The victims: small programs that each set a state up, wait while the kernel dies and a new one brings them back, and
// then check that state themselves. A verdict is one line in DIR/NAME.result: PASS, or FAIL and every reason. For each
// check there is a way to break what it checks (broken()), so that `victims selftest` can show that it would be seen.
#pragma once

#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define PAGE 4096ul
#define KIB 1024ul
#define MIB (1ul << 20)
#define COUNT(array) (sizeof(array) / sizeof(*(array)))

#define NEEDS_ROOT 1u
#define EARLY 2u // opens its result and ready files at once, since it will lack the right or the root directory to
#define APART 8u // starts only by its name: it takes all the time that a processor has
#define LAST 4u // starts when all others are ready, so that nobody's fsync writes its data to the disk

struct victim {
	const char *name; // at most 15 characters: it is the comm
	const char *proves;
	void (*run)(void); // sets up, waits, checks; to return is to have reached the verdict
	unsigned flags;
	void (*prepare)(void); // in start-all, before any victim starts: files that must be on the disk
};

extern const struct victim identity_victims[], attribute_victims[], memory_victims[], mapping_victims[];
extern const struct victim image_victims[], register_victims[], thread_victims[], signal_victims[], delivery_victims[];
extern const struct victim timer_victims[], sleep_victims[], call_victims[], child_victims[], file_victims[];
extern const struct victim tmpfs_victims[], lock_victims[], dirty_victims[], pty_victims[], pipe_victims[];
extern const struct victim event_victims[], epoll_victims[], unix_victims[], ipc_victims[], computing_victims[];
extern const struct victim python_victims[], contained_victims[], byte_victims[];
extern const struct victim swapped_victims[];

// --- frame.c: the life of a victim

extern const struct victim *self;
extern char directory[256]; // DIR
extern double span; // seconds: how long a sleep that must be in progress lasts; it begins again until after
extern int patience; // seconds that what should happen afterwards at once may take

void begin(const struct victim *victim);
void ready(void); // the state is set up
int after(void); // the kernel has died, and we live
void until_after(void);
void across(void); // ready(), until_after()
// Whether the state is to be disturbed now; n counts the ways from 1. Each way is one run of the selftest.
int broken(int n);
// Not this kernel's, processor's or user's: no verdict.
void skip(const char *format, ...) __attribute__((format(printf, 1, 2), noreturn));
void fail(const char *format, ...) __attribute__((format(printf, 1, 2), noreturn));
// Of a victim that passes: words that its verdict ends with.
void remark(const char *format, ...) __attribute__((format(printf, 1, 2)));
void verdict(void) __attribute__((noreturn));
extern void (*at_verdict)(void); // removes what would outlive the victim

// A system call that has to succeed for the test to make sense, before or after: else FAIL, with errno.
long need(const char *what, long result);
// The same, but a kernel or user that cannot is excused.
long may(const char *what, long result);
void *need_memory(void *result);

// --- check.c: these note a reason, and go on

void check(int good, const char *format, ...) __attribute__((format(printf, 2, 3)));
void check_is(const char *what, long long found, long long expected);
void check_bytes(const char *what, const void *found, const void *expected, size_t size);
// Names the first line that differs.
void check_text(const char *what, const char *found, const char *expected);
// A failing call, with the errno expected.
void check_error(const char *what, long result, int expected);
// What can be read from a descriptor at once is exactly this.
void check_reads(const char *what, int fd, const char *expected);
extern char reasons[2000];

// --- help.c

double now(void); // of the monotonic clock, in seconds
void nap(double seconds);
void fill(void *at, size_t size, uint64_t seed); // words of a pseudo-random sequence
void check_filled(const char *what, const void *at, size_t size, uint64_t seed);
// DIR/work/NAME.suffix; a static buffer for each of the last four calls.
char *work_path(const char *suffix);
// A new file with fill()ed contents, on the disk.
int work_file(const char *suffix, size_t size, uint64_t seed);
void to_disk(int fd); // the file and the folder of work files
void copy_self(const char *to); // the executable, on the disk
void *map(size_t size, int protection, int flags, int fd, off_t offset);
// A file of /proc whole, in `text`, and its size.
size_t slurp(const char *path, char *text, size_t size);
// Those lines of /proc/self/status whose names begin with one of the comma-separated `names`.
void status_lines(const char *names, char *text, size_t size);
void nonblocking(int fd);

pid_t child(void); // fork(), or FAIL
void end_child(void) __attribute__((noreturn)); // its reasons become the victim's
void join(pid_t pid); // expects end_child()
// Waits until a thread of `pid` sleeps in the kernel.
void until_asleep(pid_t pid, pid_t tid);
// A child that calls ready() once this thread sleeps in the kernel, and wake() after. Wants to be joined.
pid_t waker(void (*wake)(void));
pthread_t thread(void *(*body)(void *), void *argument);
void join_thread(const char *what, pthread_t thread); // patiently
void on_signal(int number, void (*handler)(int), int flags);
void nothing(int number); // a handler
// Children and parents that take turns: tell() in one is heard in the other, once, before ready().
struct word { int ends[2]; };
struct word promise(void);
void tell(struct word word);
void hear(struct word word);

// --- gauge.c: how far the clock jumped

void start_gauge(void); // a thread
double jump(void); // seconds that no thread of ours ran, at most
// A sleep of `seconds` from `start` until now: not early, and no later than the jump explains.
void check_slept(const char *what, double start, double seconds);
// Sleeps again and again until after; each sleep is checked.
void sleep_across(const char *what, void (*sleep_for)(double seconds));
