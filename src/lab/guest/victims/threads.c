// Threads: what each has of its own, and how they wait for each other.

#include "victims.h"

#include <linux/futex.h>
#include <sched.h>

#define THREADS 12

static __thread uint64_t own[64];
static pid_t ids[THREADS];

static void *with_own(void *index)
{
	long i = (long)index;
	fill(own, sizeof(own), 100 + i);
	ids[i] = syscall(SYS_gettid);
	until_after();
	if (i == 3 && broken(1))
		own[63] ^= 1;
	check_filled("thread-local memory", own, sizeof(own), 100 + i);
	check_is("gettid", syscall(SYS_gettid), ids[i]);
	close(-1 - (int)i);
	check_is("errno", errno, EBADF);
	errno = 1000 + i;
	sched_yield();
	check_is("errno of a thread", errno, 1000 + i);
	return NULL;
}

static void tls(void)
{
	pthread_t threads[THREADS];
	for (long i = 0; i < THREADS; i++)
		threads[i] = thread(with_own, (void *)i);
	fill(own, sizeof(own), 99);
	across();
	if (broken(2))
		own[0] ^= 1;
	check_filled("thread-local memory of the first", own, sizeof(own), 99);
	for (int i = 0; i < THREADS; i++)
		join_thread("a thread", threads[i]);
}

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t condition = PTHREAD_COND_INITIALIZER;
static volatile pid_t other_id;
static volatile int passed, flag;

// Runs `body` in a thread that goes to sleep; returns when it has.
static pthread_t sleeper(void *(*body)(void *))
{
	pthread_t other = thread(body, NULL);
	while (!other_id)
		nap(0.01);
	until_asleep(getpid(), other_id);
	return other;
}

static void *wants_mutex(void *unused)
{
	other_id = syscall(SYS_gettid);
	pthread_mutex_lock(&mutex);
	passed = 1;
	pthread_mutex_unlock(&mutex);
	return unused;
}

static void mutexes(void)
{
	pthread_mutex_lock(&mutex);
	pthread_t other = sleeper(wants_mutex);
	across();
	check_is("got past a locked mutex", passed, 0);
	if (!broken(1))
		check_is("unlock", pthread_mutex_unlock(&mutex), 0);
	join_thread("thread that waits for a mutex", other);
	check_is("got the mutex", passed, 1);
}

static void *wants_condition(void *unused)
{
	pthread_mutex_lock(&mutex);
	other_id = syscall(SYS_gettid);
	while (!flag)
		pthread_cond_wait(&condition, &mutex);
	passed = 1;
	pthread_mutex_unlock(&mutex);
	return unused;
}

static void conditions(void)
{
	pthread_t other = sleeper(wants_condition);
	across();
	pthread_mutex_lock(&mutex);
	check_is("got past the condition", passed, 0);
	flag = !broken(1);
	pthread_cond_signal(&condition);
	pthread_mutex_unlock(&mutex);
	join_thread("thread that waits for a condition", other);
	check_is("saw the condition", passed, 1);
}

static uint32_t word;
static long result = 7;

static void *in_futex(void *unused)
{
	other_id = syscall(SYS_gettid);
	while ((result = syscall(SYS_futex, &word, FUTEX_WAIT_BITSET, 0, NULL, NULL, 0x10)) < 0 && errno == EINTR)
		; // a restart
	return unused;
}

static void futex(void)
{
	pthread_t other = sleeper(in_futex);
	across();
	long woken = 0;
	word = 1;
	for (int i = 0; i < patience * 20 && woken == 0; i++, nap(0.05)) // it may not be asleep again yet
		woken = syscall(SYS_futex, &word, FUTEX_WAKE_BITSET, 1, NULL, NULL, broken(1) ? 0x20 : 0x10);
	join_thread("thread in a futex", other); // woken, or it has seen that the word changed
}

// At a thread's end the kernel clears the word at its tid address, and wakes who waits for that.
static void *ends(void *unused)
{
	until_after();
	if (broken(1))
		syscall(SYS_set_tid_address, NULL);
	return unused;
}

static pthread_t ending;

static void *joins(void *unused)
{
	other_id = syscall(SYS_gettid);
	pthread_join(ending, NULL);
	passed = 1;
	return unused;
}

static void joined(void)
{
	ending = thread(ends, NULL);
	pthread_t other = sleeper(joins);
	across();
	join_thread("thread that joins another", other);
	check_is("joined", passed, 1);
}

struct locks {
	pthread_mutex_t held[3];
};

static void robust(void)
{
	struct locks *locks = map(PAGE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	struct word set = promise();
	pthread_mutexattr_t attribute;
	pthread_mutexattr_init(&attribute);
	pthread_mutexattr_setrobust(&attribute, PTHREAD_MUTEX_ROBUST);
	pthread_mutexattr_setpshared(&attribute, PTHREAD_PROCESS_SHARED);
	for (int i = 0; i < 3; i++)
		pthread_mutex_init(&locks->held[i], &attribute);
	pid_t pid = child();
	if (pid == 0) {
		for (int i = 0; i < 3; i++)
			check_is("lock", pthread_mutex_lock(&locks->held[i]), 0);
		tell(set);
		until_after();
		if (broken(1))
			syscall(SYS_set_robust_list, calloc(1, 24), 24);
		end_child(); // without unlocking
	}
	hear(set);
	across();
	join(pid);
	for (int i = 0; i < 3; i++) {
		struct timespec until;
		clock_gettime(CLOCK_REALTIME, &until);
		until.tv_sec += patience;
		int error = pthread_mutex_timedlock(&locks->held[i], &until);
		check(error == EOWNERDEAD, "lock of a dead owner: %s", error ? strerror(error) : "locked");
	}
}

#define RSEQ_SIGNATURE 0x53053053
static struct { uint32_t cpu_start, cpu; uint64_t section; uint32_t flags, node, cid; } __attribute__((aligned(32))) area;

static long rseq(int flags)
{
	return syscall(SYS_rseq, &area, 32, flags, RSEQ_SIGNATURE);
}

// Our own area; the C library may have registered one before.
static void restartable(void)
{
	extern const ptrdiff_t __rseq_offset __attribute__((weak));
	extern const unsigned int __rseq_size __attribute__((weak));
	if (&__rseq_size && __rseq_size) {
		char *its = (char *)__builtin_thread_pointer() + __rseq_offset;
		may("rseq of the C library", syscall(SYS_rseq, its, 32, 1, RSEQ_SIGNATURE));
	}
	may("rseq", rseq(0));
	across();
	if (broken(1))
		need("rseq", rseq(1));
	check_error("register once more", rseq(0), EBUSY);
	for (int cpu = 0; cpu < 2; cpu++) {
		cpu_set_t one;
		CPU_ZERO(&one);
		CPU_SET(cpu, &one);
		if (sched_setaffinity(0, sizeof(one), &one) == 0)
			check_is("CPU by rseq", ((volatile typeof(area) *)&area)->cpu, cpu);
	}
}

const struct victim thread_victims[] = {
	{ "tls", "thread-local memory and errno of 13 threads", tls, 0, NULL },
	{ "mutex", "a thread waits for a mutex, and gets it afterwards", mutexes, 0, NULL },
	{ "condition", "a thread waits for a condition, and sees it afterwards", conditions, 0, NULL },
	{ "futex", "a thread in a futex is woken by another", futex, 0, NULL },
	{ "join", "the tid address: a thread's end wakes who joins it", joined, 0, NULL },
	{ "robust", "the robust list: who dies afterwards leaves EOWNERDEAD", robust, 0, NULL },
	{ "rseq", "the area of restartable sequences", restartable, 0, NULL },
	{ NULL, NULL, NULL, 0, NULL },
};
