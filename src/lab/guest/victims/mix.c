// mix_sse, mix_avx, mix_calling: in assembly, since a compiler has its own use for registers.

#include "mix.h"

#include "victims.h"

__thread struct mix mix;

// Offsets in struct mix.
#define GENERAL 0
#define VECTORS 128
#define X87 640
#define FLAGS 768
#define MXCSR 776
#define CONTROL 780
#define STATUS 782
#define ROUNDS 784
#define CALL 792
#define CALL_SUM 824
#define SPARE 832
#define STACK 880
_Static_assert(offsetof(struct mix, vectors) == VECTORS && offsetof(struct mix, x87) == X87, "offsets");
_Static_assert(offsetof(struct mix, flags) == FLAGS && offsetof(struct mix, mxcsr) == MXCSR, "offsets");
_Static_assert(offsetof(struct mix, control) == CONTROL && offsetof(struct mix, status) == STATUS, "offsets");
_Static_assert(offsetof(struct mix, rounds) == ROUNDS && offsetof(struct mix, call) == CALL, "offsets");
_Static_assert(offsetof(struct mix, call_sum) == CALL_SUM && offsetof(struct mix, spare) == SPARE, "offsets");
_Static_assert(offsetof(struct mix, stack) == STACK, "offsets");

#define TEXT_OF(x) #x
#define TEXT(x) TEXT_OF(x)
#define AT(offset) "%fs:mix@tpoff+" TEXT(offset)
#define AT_NTH(offset, size, n) "%fs:mix@tpoff+" TEXT(offset) "+" #size "*" #n

#define EACH_GENERAL(op) \
	op(0, "rax") op(1, "rbx") op(2, "rcx") op(3, "rdx") op(4, "rsi") op(5, "rdi") op(6, "rbp") op(7, "rsp") \
	op(8, "r8") op(9, "r9") op(10, "r10") op(11, "r11") op(12, "r12") op(13, "r13") op(14, "r14") op(15, "r15")
#define EACH(op) \
	op(0) op(1) op(2) op(3) op(4) op(5) op(6) op(7) op(8) op(9) op(10) op(11) op(12) op(13) op(14) op(15)

// Moves change no flags.
#define LOAD(n, name) "mov " AT_NTH(GENERAL, 8, n) ", %" name "\n"
#define STORE(n, name) "mov %" name ", " AT_NTH(GENERAL, 8, n) "\n"
#define LOAD_X(n) "movapd " AT_NTH(VECTORS, 32, n) ", %xmm" #n "\n"
#define STORE_X(n) "movapd %xmm" #n ", " AT_NTH(VECTORS, 32, n) "\n"
#define LOAD_Y(n) "vmovapd " AT_NTH(VECTORS, 32, n) ", %ymm" #n "\n"
#define STORE_Y(n) "vmovapd %ymm" #n ", " AT_NTH(VECTORS, 32, n) "\n"
#define PUSH_X87(n) "fldt " AT_NTH(X87, 16, n) "\n"
#define POP_X87(n) "fstpt " AT_NTH(X87, 16, n) "\n"

#define BEGIN(name) \
	".globl " name "\n" name ":\npush %rbx\npush %rbp\npush %r12\npush %r13\npush %r14\npush %r15\n" \
	"fninit\nfldcw " AT(CONTROL) "\nldmxcsr " AT(MXCSR) "\n" \
	PUSH_X87(7) PUSH_X87(6) PUSH_X87(5) PUSH_X87(4) PUSH_X87(3) PUSH_X87(2) PUSH_X87(1) PUSH_X87(0) \
	"pushq " AT(FLAGS) "\npopfq\nmov %rsp, " AT(STACK) "\n"
#define END \
	"mov " AT(STACK) ", %rsp\npushfq\npopq " AT(FLAGS) "\ncld\n" \
	"fnstsw " AT(STATUS) "\nfnstcw " AT(CONTROL) "\nstmxcsr " AT(MXCSR) "\n" \
	POP_X87(0) POP_X87(1) POP_X87(2) POP_X87(3) POP_X87(4) POP_X87(5) POP_X87(6) POP_X87(7) \
	"fninit\npushq $0x1f80\nldmxcsr (%rsp)\nadd $8, %rsp\n" \
	"pop %r15\npop %r14\npop %r13\npop %r12\npop %rbp\npop %rbx\nret\n"

// Each flag of the second addition decides whether a register is inverted, which changes no flag.
#define MIX_GENERAL(a, b, c, bits) \
	"add %" b ", %" a "\nadc %" b ", %" c "\n" \
	"js 1f\nnot %" a "\n1:jo 1f\nnot %" b "\n1:jp 1f\nnot %" c "\n1:rol $" #bits ", %" a "\n"
#define ALL_GENERAL \
	MIX_GENERAL("rax", "rdi", "r11", 1) MIX_GENERAL("rbx", "rbp", "r12", 6) \
	MIX_GENERAL("rcx", "rsp", "r13", 11) MIX_GENERAL("rdx", "r8", "r14", 16) \
	MIX_GENERAL("rsi", "r9", "r15", 21) MIX_GENERAL("rdi", "r10", "rax", 26) \
	MIX_GENERAL("rbp", "r11", "rbx", 31) MIX_GENERAL("rsp", "r12", "rcx", 36) \
	MIX_GENERAL("r8", "r13", "rdx", 41) MIX_GENERAL("r9", "r14", "rsi", 46) \
	MIX_GENERAL("r10", "r15", "rdi", 51) MIX_GENERAL("r11", "rax", "rbp", 56) \
	MIX_GENERAL("r12", "rbx", "rsp", 61) MIX_GENERAL("r13", "rcx", "r8", 2) \
	MIX_GENERAL("r14", "rdx", "r9", 7) MIX_GENERAL("r15", "rsi", "r10", 12)
#define MIX_X(n) "mulpd %xmm" #n ", %xmm" #n "\nsubpd %gs:0, %xmm" #n "\n"
#define MIX_Y(n) "vmulpd %ymm" #n ", %ymm" #n ", %ymm" #n "\nvsubpd %gs:0, %ymm" #n ", %ymm" #n "\n"
#define MIX_X87 "fmul %st(0), %st\nfsubl %gs:0\nfincstp\n"
#define ALL_X87 MIX_X87 MIX_X87 MIX_X87 MIX_X87 MIX_X87 MIX_X87 MIX_X87 MIX_X87

// What a call needs, and what it destroys.
#define EACH_SPARE(op) op(0, "rax") op(1, "rcx") op(2, "r11") op(3, "rdi") op(4, "rsi") op(5, "rdx")
#define SPARE_STORE(n, name) "mov %" name ", " AT_NTH(SPARE, 8, n) "\n"
#define SPARE_LOAD(n, name) "mov " AT_NTH(SPARE, 8, n) ", %" name "\n"
#define MAKE_CALL \
	EACH_SPARE(SPARE_STORE) \
	"mov " AT_NTH(CALL, 8, 0) ", %rax\nmov " AT_NTH(CALL, 8, 1) ", %rdi\n" \
	"mov " AT_NTH(CALL, 8, 2) ", %rsi\nmov " AT_NTH(CALL, 8, 3) ", %rdx\n" \
	"syscall\nadd %rax, " AT(CALL_SUM) "\n" EACH_SPARE(SPARE_LOAD)

#define FUNCTION(name, load, round, store) \
	BEGIN(name) load EACH_GENERAL(LOAD) "7:\n" ALL_GENERAL round ALL_X87 \
	"decq " AT(ROUNDS) "\njnz 7b\n" EACH_GENERAL(STORE) store END

__asm__(".text\n"
	FUNCTION("mix_sse", EACH(LOAD_X), EACH(MIX_X), EACH(STORE_X))
	FUNCTION("mix_avx", EACH(LOAD_Y), EACH(MIX_Y), EACH(STORE_Y) "vzeroupper\n")
	FUNCTION("mix_calling", EACH(LOAD_X), EACH(MIX_X) MAKE_CALL, EACH(STORE_X)));
