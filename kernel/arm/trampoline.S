/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What stands between the dead kernel's last instruction and the crash kernel's first, in place of the kernel's purgatory
 * (arch/x86/purgatory). machine_kexec() comes here in 64-bit mode, on page tables that map memory to itself, with no GDT and no
 * stack. The crash kernel's startup_64 wants segments 0x10 and 0x18 and boot_params in %rsi (Documentation/arch/x86/boot.rst).
 *
 * A dying kernel may have written anywhere: what was loaded is digested first, as the purgatory does, and what is not what it
 * was is not run. Each step is one that can be undone, so that no single change goes unnoticed. It is no protection from
 * intent, and the purgatory's, whose expected digest lies beside it, is none either.
 */
	.section .rodata
	.globl ow_trampoline, ow_trampoline_check, ow_trampoline_data, ow_trampoline_end
	.balign 16
	.code64
ow_trampoline:
	cli
	cld
	leaq	gdt(%rip), %rax
	movq	%rax, gdt_pointer+2(%rip)
	lgdt	gdt_pointer(%rip)
	leaq	stack_end(%rip), %rsp
	pushq	$0x10
	leaq	reloaded(%rip), %rax
	pushq	%rax
	lretq
reloaded:
	movl	$0x18, %eax
	movl	%eax, %ds
	movl	%eax, %es
	movl	%eax, %ss
	xorl	%eax, %eax
	movl	%eax, %fs
	movl	%eax, %gs

ow_trampoline_check: /* from here on nothing is a kernel's privilege: kernel/tests/arm_test.c comes here */
	leaq	parts(%rip), %rbx
	leaq	parts_end(%rip), %rbp
	movabsq	$0x9e3779b97f4a7c15, %rdx
next_part:
	movq	(%rbx), %rsi
	movq	8(%rbx), %rcx
	xorl	%eax, %eax
	testq	%rcx, %rcx
	jz	part_done
next_word:
	xorq	(%rsi), %rax
	imulq	%rdx, %rax
	rorq	$23, %rax
	addq	$8, %rsi
	decq	%rcx
	jnz	next_word
	cmpq	%rax, 16(%rbx)
	jne	overwritten
part_done:
	addq	$24, %rbx
	cmpq	%rbp, %rbx
	jb	next_part

	movq	params(%rip), %rsi
	movq	entry(%rip), %rax
	xorl	%ebx, %ebx
	xorl	%ecx, %ecx
	xorl	%edx, %edx
	xorl	%edi, %edi
	xorl	%ebp, %ebp
	jmpq	*%rax

overwritten:
	hlt
	jmp	overwritten

	.balign 16
gdt:	/* 0x10: code, 64 bits; 0x18: data */
	.quad	0, 0, 0x00af9a000000ffff, 0x00cf92000000ffff
gdt_pointer:
	.word	gdt_pointer - gdt - 1
	.quad	0

	.balign 16
ow_trampoline_data: /* struct trampoline_data */
entry:	.quad	0
params:	.quad	0
parts:	.fill	12, 8, 0
parts_end:
	.fill	8, 8, 0
stack_end:
ow_trampoline_end:

	.section .note.GNU-stack, "", @progbits
