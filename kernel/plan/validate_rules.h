/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a plan is held to. RULE(number, name, what is wrong): OWV_name in struct ow_fault's `rule`, and the words of its
 * `reason` behind the name of the field. Numbers are never used again for something else. Each has a plan that breaks it and
 * no other in tests/abi/validate.test.ts.
 */
#ifndef OWP_VALIDATE_RULES_H
#define OWP_VALIDATE_RULES_H

#define OWV_RULES(RULE) \
	/* The file. */ \
	RULE(1, ALIGNMENT, "the plan, or the memory to work in, is not aligned to 8 bytes") \
	RULE(2, SCRATCH, "there is not enough memory to check it in") \
	RULE(3, SHORT, "cut short within the header") \
	RULE(4, MAGIC, "not a restore plan: it does not begin with OWPLAN") \
	RULE(5, VERSION, "a version of the format that is not known") \
	RULE(6, HEADER, "not what this version of the format has, or the file is of another size") \
	RULE(7, HEADER_CHECKSUM, "the checksum of the header and the table of sections does not fit") \
	RULE(8, SECTION_KIND, "of no kind that is known") \
	RULE(9, SECTION_ORDER, "sections are not in the order of their numbers") \
	RULE(10, SECTION_RECORD, "its records have another size") \
	RULE(11, SECTION_EMPTY, "empty: it should not be there") \
	RULE(12, SECTION_PLACE, "sections overlap, or there is a gap") \
	RULE(13, SECTION_END, "goes beyond the end of the file") \
	RULE(14, SECTION_CHECKSUM, "its checksum does not fit") \
	RULE(15, GAP, "a gap that is not zero") \
	RULE(16, FILE_END, "the file does not end where its sections do") \
	/* Records. */ \
	RULE(20, NUMBER, "not below 2^53") \
	RULE(21, PADDING, "padding that is not zero") \
	RULE(22, CHOICE, "no such value") \
	RULE(23, BITS, "unknown bits") \
	RULE(24, REFERENCE, "leads nowhere, or where nothing is to be") \
	RULE(25, TEXT_PLACE, "a string out of order") \
	RULE(26, TEXT_END, "a string without a NUL behind it, or beyond the end of strings") \
	/* 27 was: not UTF-8. A name is bytes. */ \
	RULE(28, TEXT_TWICE, "a string that stands there twice") \
	RULE(29, DATA_PLACE, "data out of order, or beyond the end of data") \
	RULE(30, CHILDREN, "children out of order, or beyond the end of their section") \
	RULE(31, ORPHANS, "nothing refers to the rest of the section") \
	RULE(32, TEXT_NUL, "a string with a NUL in it: whoever reads it as a C string reads another") \
	/* Whose plan it is. */ \
	RULE(40, RELEASE_NAMED, "the release of the dead kernel is empty, or has no NUL behind it") \
	RULE(41, RELEASE_OTHER, "the plan is for another kernel than the one that died here") \
	RULE(42, IDENTITY_KNOWN, "zero: the plan could be for any death") \
	RULE(43, IDENTITY_OTHER, "the plan is for another machine, or another death") \
	RULE(44, PAGING_LEVELS, "not 4 or 5, or not those of this kernel") \
	RULE(45, DIGESTS_ANNOUNCED, "page runs carry digests, and the features do not say so") \
	RULE(46, BUILD_OTHER, "the plan is for another build of the kernel than the one that died here") \
	RULE(47, PLACE_OTHER, "the plan is for another boot: the kernel that died here lay elsewhere") \
	RULE(48, IDENTITY_PAGES, "no pages, or none of the dead kernel's, to tell this death by") \
	RULE(49, VDSO_OTHER, "not this kernel's vDSO, whose addresses programs know: arm the same build") \
	/* Memory. */ \
	RULE(50, RANGES_ORDERED, "ranges of memory that are empty, overlap or are not in order") \
	RULE(51, RUN_SIZE, "no pages, or not at a page boundary") \
	RULE(52, RUN_ORDER, "pages that overlap or are not in order") \
	RULE(53, RUN_WITHIN, "pages outside of what they belong to") \
	RULE(54, FRAME_NUMBER, "frames beyond all physical addresses") \
	RULE(55, FRAME_RAM, "frames that are not in the RAM that the plan names") \
	RULE(56, FRAME_RESERVED, "frames in the reservation of the crash kernel") \
	RULE(57, FRAME_MACHINE, "frames that are not in the RAM of this machine") \
	RULE(58, FRAME_OWN, "frames that this kernel has for its own") \
	RULE(59, SWAP_AREA, "a swap area or slot that is not in the plan, or one of pages that are not swapped") \
	RULE(60, ZERO_PAGES, "pages of zeroes in a frame") \
	RULE(61, DIGEST, "a digest without the flag of it") \
	RULE(62, SWAP_AREAS, "more swap areas than there can be, or two of one number") \
	RULE(63, TASK_SIZE, "no end of user addresses that this machine can have") \
	RULE(64, VMA_ALIGNED, "not at page boundaries") \
	RULE(65, VMA_ORDER, "empty, overlapping, or not in the order of addresses") \
	RULE(66, VMA_USER, "beyond the end of user addresses") \
	RULE(67, VMA_BACKED, "a mapping of nothing") \
	RULE(68, VMA_SHARED_PAGES, "pages of its own in a shared mapping") \
	RULE(69, SEALS, "seals that are not known") \
	RULE(70, STORED_PAGE, "pages that the plan should carry, and does not") \
	RULE(71, GUARD_PLACE, "a guard that is no whole pages of its mapping, or out of order") \
	RULE(72, GUARD_EMPTY, "a guard where there are pages") \
	/* Processes and threads. */ \
	RULE(80, TID_RANGE, "not between 2 and 4194303") \
	RULE(81, TID_TWICE, "a second thread of that id") \
	RULE(82, PARENT_FIRST, "its parent stands behind it, or has another id") \
	RULE(83, LEADER_FIRST, "not exactly its first thread is its leader and has its id") \
	RULE(84, STATE, "what has ended has an address space or handlers, or what goes on lacks them") \
	RULE(85, REASON, "in the plan for nobody's sake") \
	RULE(86, LIMIT_TWICE, "a second limit of that resource") \
	RULE(87, GROUP_RANGE, "no number of a process group or session") \
	RULE(88, THREAD_TABLES, "a thread that goes on without descriptors or directories") \
	RULE(90, REGISTERS, "a thread that goes on without registers, or with two sets") \
	RULE(91, SELECTORS, "selectors that are not those of user mode") \
	RULE(92, FLAGS, "flags that user mode cannot have") \
	RULE(93, ADDRESSES, "not a user address") \
	RULE(94, BASES, "a segment base that is not a user address") \
	RULE(95, SYSTEM_CALL, "the system call and its treatment do not fit") \
	RULE(96, RESTART_CALL, "no system call that goes on by a restart block") \
	RULE(97, FPU_SIZE, "vector state of another size than its format has") \
	RULE(98, FPU_HEADER, "a header of vector state that XRSTOR faults on") \
	RULE(99, MXCSR, "reserved bits of MXCSR") \
	RULE(100, XFEATURES, "components of vector state that this CPU or the plan does not have") \
	RULE(101, TLS, "no entry or no descriptor of thread-local storage that user mode may have") \
	/* Signals and timers. */ \
	RULE(110, SIGNAL_NUMBER, "not between 1 and 64") \
	RULE(111, HANDLERS_ORDER, "handlers that are not in the order of signals") \
	RULE(112, SIGINFO, "not the 128 bytes of a siginfo") \
	RULE(113, TIMER_TWICE, "a second timer of that number or kind") \
	RULE(114, TIMER_RANGE, "a time beyond all clocks") \
	/* Files and what is behind them. */ \
	RULE(120, DESCRIPTOR, "not in the order of numbers, or beyond the bound of descriptors") \
	RULE(121, FILE_TARGET, "an open file that leads nowhere") \
	RULE(122, FILE_REFUSED, "a refused file that no refusal names") \
	RULE(123, FILE_PATH, "O_PATH, and not of the kind that has it, or the other way about") \
	RULE(124, PIPE, "contents that do not fit the pipe") \
	RULE(125, PTY_PAIR, "not two sides of one pty") \
	RULE(126, PTY_TWICE, "a second master of that number") \
	RULE(127, TERMINAL_INPUT, "input that does not fit, or ends of lines outside of it") \
	RULE(128, FILE_HANDLE, "a file handle longer than there are") \
	RULE(129, SOCKET_ADDRESS, "a socket address shorter or longer than there are") \
	RULE(130, SOCKET_PEER, "its peer is of another kind, or has another peer") \
	RULE(131, SOCKET_PENDING, "connections that wait at what does not listen, or are not marked so") \
	RULE(132, WRITTEN_TWICE, "a file that is written back twice") \
	RULE(133, TMPFS_PATH, "not a path below the root of the file system, or one through what is no directory") \
	RULE(134, SEMAPHORE_UNDO, "not an adjustment for each semaphore of the set") \
	RULE(135, FILE_TIMES, "two sets of times, or nanoseconds that are a second or more") \
	RULE(136, MESSAGE_NOTIFY, "two that are told of messages, or one of a queue of System V") \
	/* What follows. */ \
	RULE(140, VERDICT, "not the verdict that the refusals come to") \
	RULE(141, CRASH_BITS, "not the crash bits that the refusals come to") \
	RULE(142, REFUSAL_TEXT, "a refusal that does not say of what, or why") \
	RULE(143, REFUSAL_OBJECT, "a refusal that leads nowhere") \
	RULE(150, STEP_ORDER, "not in the order of stages") \
	RULE(151, STEP_STAGE, "an operation outside of its stage") \
	RULE(152, STEP_OBJECT, "a step that works on nothing") \
	RULE(153, STEP_ONCE, "not made by one step") \
	RULE(154, STEP_PROCESS, "not made, asked and resumed as its verdict says") \
	RULE(155, STEP_PARENT, "made before its parent")

enum owp_rule {
#define RULE(number, name, text) OWV_##name = number,
	OWV_RULES(RULE)
#undef RULE
};

#endif
