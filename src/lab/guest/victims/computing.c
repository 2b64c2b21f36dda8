// Computing all the time in every register that a thread has, and comparing each result with what it was before anything
// happened. Such victims want a processor for themselves: they are started only by name.

#include "victims.h"

#include "mix.h"

#include <stdatomic.h>
#include <sys/resource.h>

#define ROUNDS 2000
#define SEEDS 2
#define FLAGS 0x200602 // ID and DF, beside IF

struct manner {
	void (*run)(void);
	int lanes;
	uint32_t mxcsr;
	uint16_t control;
	uint64_t rounds, call[4]; // nothing: 0
};
enum { NEAREST, DOWN, UP, TO_ZERO };
// Exceptions masked; the SSE's mode of rounding; flush to zero.
#define MXCSR(rounding) (0x1f80 | (rounding) << 13)
#define FLUSH 0x8000
// The same of the x87; its precision. Bit 6 reads as 1.
#define CONTROL(rounding, precision) (0x7f | (precision) << 8 | (rounding) << 10)
enum { SINGLE = 0, DOUBLE = 2, EXTENDED = 3 };

struct work {
	struct manner manner;
	struct mix start[SEEDS], expected[SEEDS];
	uint64_t call_result;
};

// Between -1.5 and 1.5.
static double some_double(uint64_t bits)
{
	return (double)(bits >> 11) / (1ull << 53) * 3 - 1.5;
}

static void begin_with(struct mix *start, const struct manner *manner, uint64_t seed)
{
	uint64_t bits[16 * MIX_LANES + 8];
	fill(bits, sizeof(bits), seed);
	fill(start->general, sizeof(start->general), seed + 1);
	for (int i = 0; i < 16 * manner->lanes; i++)
		start->vectors[i / manner->lanes][i % manner->lanes] = some_double(bits[i]);
	for (int i = 0; i < 8; i++) {
		long double x = some_double(bits[16 * MIX_LANES + i]);
		memcpy(start->x87[i], &x, 10);
	}
	start->flags = FLAGS;
	start->mxcsr = manner->mxcsr;
	start->control = manner->control;
	start->rounds = manner->rounds ? manner->rounds : ROUNDS;
	memcpy(start->call, manner->call, sizeof(start->call));
}

static void prepare(struct work *work, const struct manner *manner, uint64_t seed)
{
	memset(work, 0, sizeof(*work));
	work->manner = *manner;
	if (manner->run == mix_calling)
		work->call_result = need("the system call", syscall(manner->call[0], manner->call[1], manner->call[2],
								    manner->call[3]));
	for (int i = 0; i < SEEDS; i++) {
		begin_with(&work->start[i], manner, seed + 100 * i);
		work->expected[i] = work->start[i];
		mix_in_memory(&work->expected[i], manner->lanes);
		work->expected[i].flags |= 0x246; // what the end of the loop leaves
	}
}

static void disturb(void)
{
	if (broken(1))
		mix.general[7] ^= 1;
	if (broken(2))
		mix.vectors[15][1] = -mix.vectors[15][1] + 1e-9;
	if (broken(3))
		mix.x87[4][6] ^= 0x10;
	if (broken(4))
		mix.mxcsr ^= 0x6000;
	if (broken(5))
		mix.control ^= 0xc00;
	if (broken(6))
		mix.flags ^= 0x400;
	if (broken(7))
		mix.general[10] ^= 1ul << 63;
}

static void compute_once(const struct work *work)
{
	for (int i = 0; i < SEEDS; i++) {
		mix = work->start[i];
		disturb();
		work->manner.run();
		mix_compare(&mix, &work->expected[i], work->manner.lanes);
		check_is("sum of what the calls gave", mix.call_sum, work->call_result * work->start[i].rounds);
	}
}

static void compute_on(const struct work *work)
{
	do
		compute_once(work);
	while (!after() && !*reasons);
}

// Once before it says that it is ready, so that what is wrong from the beginning is seen there.
static void compute(const struct manner *manner)
{
	static struct work work;
	prepare(&work, manner, getpid());
	mix_set_up();
	setpriority(PRIO_PROCESS, 0, 19); // others have work to do
	compute_once(&work);
	ready();
	compute_on(&work);
}

#define SSE(rounding, precision) \
	{ mix_sse, 2, MXCSR(rounding), CONTROL(3 - (rounding), precision), 0, { 0 } }

static void nearest(void)
{
	compute(&(struct manner)SSE(NEAREST, DOUBLE));
}

static void down(void)
{
	compute(&(struct manner)SSE(DOWN, EXTENDED));
}

static void up(void)
{
	compute(&(struct manner)SSE(UP, SINGLE));
}

static void to_zero(void)
{
	compute(&(struct manner)SSE(TO_ZERO, EXTENDED));
}

static void avx(int rounding)
{
	if (!__builtin_cpu_supports("avx"))
		skip("this processor has no AVX");
	compute(&(struct manner){ mix_avx, 4, MXCSR(rounding) | FLUSH, CONTROL(rounding, DOUBLE), 0, { 0 } });
}

static void avx_nearest(void)
{
	avx(NEAREST);
}

static void avx_up(void)
{
	avx(UP);
}

static void calls(void)
{
	compute(&(struct manner){ mix_calling, 2, MXCSR(DOWN), CONTROL(UP, DOUBLE), 500, { SYS_getppid } });
}

#define AT_ONCE (256 * KIB)

static void reads(void)
{
	int zeroes = need("/dev/zero", open("/dev/zero", O_RDONLY));
	uint64_t into = (uintptr_t)map(AT_ONCE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	compute(&(struct manner){ mix_calling, 2, MXCSR(UP), CONTROL(DOWN, EXTENDED), 50,
				  { SYS_read, zeroes, into, AT_ONCE } });
}

// What it interrupts is computed on once it returns.
static void handle(int number)
{
	static struct work work;
	struct mix interrupted = mix;
	(void)number;
	prepare(&work, &(struct manner)SSE(DOWN, SINGLE), 7);
	compute_once(&work);
	ready();
	compute_on(&work);
	mix = interrupted;
}

static void in_handler(void)
{
	static struct work work;
	stack_t stack = { .ss_size = 64 * KIB };
	pid_t me = getpid();
	stack.ss_sp = map(stack.ss_size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	need("sigaltstack", sigaltstack(&stack, NULL));
	on_signal(SIGUSR1, handle, SA_ONSTACK);
	prepare(&work, &(struct manner)SSE(UP, EXTENDED), 9);
	mix_set_up();
	setpriority(PRIO_PROCESS, 0, 19);
	compute_once(&work);
	pid_t pid = child();
	if (pid == 0) {
		nap(0.3);
		kill(me, SIGUSR1);
		end_child();
	}
	compute_on(&work); // until the handler has been through its own
	join(pid);
}

static atomic_int at_work;

static void *one_of_many(void *seed)
{
	struct work *work = need_memory(aligned_alloc(64, sizeof(*work)));
	prepare(work, &(struct manner)SSE((uintptr_t)seed % 4, EXTENDED), (uintptr_t)seed);
	mix_set_up();
	compute_once(work);
	at_work++;
	compute_on(work);
	return NULL;
}

static void many(void)
{
	pthread_t threads[3];
	setpriority(PRIO_PROCESS, 0, 19);
	for (uintptr_t i = 0; i < COUNT(threads); i++)
		threads[i] = thread(one_of_many, (void *)(i + 1));
	while (at_work < (int)COUNT(threads))
		nap(0.01);
	across();
	for (size_t i = 0; i < COUNT(threads); i++)
		join_thread("a thread that computes", threads[i]);
}

const struct victim computing_victims[] = {
	{ "mix-nearest", "all registers and modes of SSE and x87, at each step", nearest, APART, NULL },
	{ "mix-down", "the same, rounding down", down, APART, NULL },
	{ "mix-up", "the same, rounding up", up, APART, NULL },
	{ "mix-zero", "the same, rounding towards zero", to_zero, APART, NULL },
	{ "mix-avx", "the same with AVX", avx_nearest, APART, NULL },
	{ "mix-avx-up", "the same with AVX, rounding up", avx_up, APART, NULL },
	{ "mix-calls", "the same, with short system calls in between", calls, APART, NULL },
	{ "mix-reads", "the same, most of the time in a system call that is at work", reads, APART, NULL },
	{ "mix-handler", "the same in a signal handler, and in what it interrupted", in_handler, APART, NULL },
	{ "mix-threads", "the same in three threads", many, APART, NULL },
	{ NULL, NULL, NULL, 0, NULL },
};
