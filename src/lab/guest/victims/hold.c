// ow_hold: puts a value of its own in every register, then either computes nothing or sleeps until it is told to stop,
// and stores what the registers then are. In assembly, since a compiler has its own use for registers.

#include "victims.h"

#include "hold.h"

// General registers in the order of `names`; rax, rcx and r11 are the system call's when asleep.
uint64_t hold_general[15], found_general[15];
uint8_t hold_vectors[16][32] __attribute__((aligned(64))), found_vectors[16][32] __attribute__((aligned(64)));
uint8_t found_x87[3][16];
volatile int hold_stop, *hold_begun;
uint32_t hold_mxcsr = 0xff80, found_mxcsr; // flush to zero, round towards zero, all masked
uint16_t hold_control = 0x0a7f, found_control; // double precision, round up

const char *const register_names[15] = { "rax", "rbx", "rcx", "rdx", "rsi", "rdi", "rbp", "r8",
					 "r9",	"r10", "r11", "r12", "r13", "r14", "r15" };

#define EACH_GENERAL(op) \
	op(0, "rax") op(1, "rbx") op(2, "rcx") op(3, "rdx") op(4, "rsi") op(5, "rdi") op(6, "rbp") op(7, "r8") \
	op(8, "r9") op(9, "r10") op(10, "r11") op(11, "r12") op(12, "r13") op(13, "r14") op(14, "r15")
#define EACH_VECTOR(op) \
	op(0) op(1) op(2) op(3) op(4) op(5) op(6) op(7) op(8) op(9) op(10) op(11) op(12) op(13) op(14) op(15)
#define LOAD(n, name) "mov hold_general+8*" #n "(%rip), %" name "\n"
#define STORE(n, name) "mov %" name ", found_general+8*" #n "(%rip)\n"
#define LOAD_X(n) "movdqa hold_vectors+32*" #n "(%rip), %xmm" #n "\n"
#define STORE_X(n) "movdqa %xmm" #n ", found_vectors+32*" #n "(%rip)\n"
#define LOAD_Y(n) "vmovdqa hold_vectors+32*" #n "(%rip), %ymm" #n "\n"
#define STORE_Y(n) "vmovdqa %ymm" #n ", found_vectors+32*" #n "(%rip)\n"
#define BEGIN(name) \
	".globl " name "\n" name ":\npush %rbx\npush %rbp\npush %r12\npush %r13\npush %r14\npush %r15\n" \
	"mov hold_begun(%rip), %rax\nmovl $1, (%rax)\n" \
	"fninit\nfldcw hold_control(%rip)\nldmxcsr hold_mxcsr(%rip)\nfldpi\nfldl2e\nfldln2\n"
#define END \
	"fnstcw found_control(%rip)\nstmxcsr found_mxcsr(%rip)\n" \
	"fstpt found_x87(%rip)\nfstpt found_x87+16(%rip)\nfstpt found_x87+32(%rip)\n" \
	"fninit\npushq $0x1f80\nldmxcsr (%rsp)\nadd $8, %rsp\n" \
	"pop %r15\npop %r14\npop %r13\npop %r12\npop %rbp\npop %rbx\nret\n"
#define SPIN "1: cmpl $0, hold_stop(%rip)\nje 1b\n"
#define SLEEP "1: mov $34, %eax\nsyscall\ncmpl $0, hold_stop(%rip)\nje 1b\n" // pause

__asm__(".text\n"
	BEGIN("ow_hold_busy") EACH_VECTOR(LOAD_X) EACH_GENERAL(LOAD) SPIN EACH_GENERAL(STORE) EACH_VECTOR(STORE_X) END
	BEGIN("ow_hold_asleep") EACH_VECTOR(LOAD_X) EACH_GENERAL(LOAD) SLEEP EACH_GENERAL(STORE) EACH_VECTOR(STORE_X) END
	BEGIN("ow_hold_avx_busy") EACH_VECTOR(LOAD_Y) EACH_GENERAL(LOAD) SPIN EACH_GENERAL(STORE) EACH_VECTOR(STORE_Y)
	"vzeroupper\n" END
	BEGIN("ow_hold_avx_asleep") EACH_VECTOR(LOAD_Y) EACH_GENERAL(LOAD) SLEEP EACH_GENERAL(STORE) EACH_VECTOR(STORE_Y)
	"vzeroupper\n" END);
