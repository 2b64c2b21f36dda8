// SPDX-License-Identifier: GPL-2.0-only
/* Steps: all that is to be done, once, in the order of stages, parents before children. */
#include "validate.h"

/*
 * An operation belongs to one stage; of those with `section`, each object there is made by one step
 * of it.
 */
struct operation {
	uint16_t op;
	uint16_t stage;
	uint16_t makes;
};

#define MAKES(op, stage, section) { OWP_OP_##op, OWP_STAGE_##stage, OWP_SECTION_##section }
#define DOES(op, stage) { OWP_OP_##op, OWP_STAGE_##stage, 0 }

static const struct operation operations[] = {
	DOES(CHECK_MACHINE, PREPARE),
	DOES(SET_CLOCKS, PREPARE),
	DOES(MAKE_NAMESPACE, PREPARE),
	MAKES(WRITE_BACK, STORAGE, WRITEBACK),
	MAKES(FILL_TMPFS, STORAGE, MOUNT),
	MAKES(MAKE_SHARED_MEMORY, OBJECTS, SHARED_MEMORY),
	MAKES(MAKE_SHM_SEGMENT, OBJECTS, SHM_SEGMENT),
	MAKES(MAKE_SEMAPHORES, OBJECTS, SEMAPHORE_SET),
	MAKES(MAKE_MESSAGE_QUEUE, OBJECTS, MESSAGE_QUEUE),
	MAKES(MAKE_TERMINAL, OBJECTS, TERMINAL),
	MAKES(MAKE_PIPE, OBJECTS, PIPE),
	MAKES(MAKE_SOCKET, OBJECTS, SOCKET),
	MAKES(MAKE_EVENTFD, OBJECTS, EVENTFD),
	MAKES(MAKE_TIMERFD, OBJECTS, TIMERFD),
	MAKES(MAKE_SIGNALFD, OBJECTS, SIGNALFD),
	MAKES(MAKE_INOTIFY, OBJECTS, INOTIFY),
	MAKES(MAKE_EPOLL, OBJECTS, EPOLL),
	MAKES(OPEN_INODE, OBJECTS, INODE),
	MAKES(OPEN_FILE, OBJECTS, FILE),
	DOES(WATCH, FILES),
	DOES(MAKE_PROCESS, TREE),
	DOES(SET_GROUPS, TREE),
	MAKES(INSTALL_FILES, FILES, FILE_TABLE),
	MAKES(SET_DIRECTORIES, FILES, FS),
	MAKES(SET_LOCK, FILES, LOCK),
	MAKES(MAKE_MM, MEMORY, MM),
	MAKES(FILL_MM, MEMORY, MM),
	MAKES(SET_HANDLERS, SIGNALS, SIGHAND),
	DOES(SET_SIGNALS, SIGNALS),
	DOES(SET_TIMERS, SIGNALS),
	DOES(SET_ATTRIBUTES, ATTRIBUTES),
	DOES(SET_CREDENTIALS, ATTRIBUTES),
	DOES(SET_SECCOMP, ATTRIBUTES),
	DOES(SET_THREADS, THREADS),
	DOES(CALL_CRASH_PROCEDURE, RESUME),
	DOES(RESUME, RESUME),
};
#define OPERATIONS (sizeof(operations) / sizeof(operations[0]))

/* How often, at most 3, the operations on a process were met: two bits for each. */
enum process_step { MADE, ASKED, RESUMED };

struct steps {
	uint64_t first_bit[OPERATIONS]; /* of the objects that an operation makes */
	unsigned char *done;
	unsigned char *of_process;
};

static int fail(struct owp_check *check, enum owp_rule rule, uint64_t index, const char *field,
		uint64_t value)
{
	return owp_fail(check, rule, OWP_SECTION_STEP, index, field, value);
}

/* OPERATIONS where there is none: then the stage is not known either. */
static uint32_t operation_of(uint32_t op)
{
	uint32_t i = 0;

	while (i < OPERATIONS && operations[i].op != op)
		i++;
	return i;
}

/* Files that are of a process are opened when there are processes. */
static uint32_t stage_of(struct owp_check *check, const struct owp_step *step, uint32_t operation)
{
	const struct owp_file *files = OWP_RECORDS(&check->view, file, FILE);
	uint32_t kind = step->op == OWP_OP_OPEN_FILE ? files[step->object].kind : 0;

	if (kind == OWP_FILE_KIND_PIDFD || kind == OWP_FILE_KIND_PROC)
		return OWP_STAGE_FILES;
	return operations[operation].stage;
}

static int leads_nowhere(uint32_t op)
{
	return op == OWP_OP_CHECK_MACHINE || op == OWP_OP_SET_CLOCKS;
}

/* Its parent is made by a step before, unless it is lost. */
static int check_parent(struct owp_check *check, const struct steps *steps, uint64_t index,
			uint32_t object)
{
	const struct owp_process *processes = OWP_RECORDS(&check->view, process, PROCESS);
	uint32_t parent = processes[object].parent;

	if (parent == OWP_NONE || processes[parent].verdict == OWP_VERDICT_LOST)
		return 0;
	return steps->of_process[parent] >> (2 * MADE) & 3
		       ? 0
		       : fail(check, OWV_STEP_PARENT, index, "object", object);
}

static void count(unsigned char *counters, enum process_step what)
{
	if ((*counters >> (2 * what) & 3) != 3)
		*counters += 1U << (2 * what);
}

static int note(struct owp_check *check, struct steps *steps, const struct owp_step *step,
		uint32_t operation, uint64_t index)
{
	int rule = 0;

	if (operations[operation].makes &&
	    owp_set_bit(steps->done, steps->first_bit[operation] + step->object))
		return fail(check, OWV_STEP_ONCE, index, "object", step->object);
	if (step->op == OWP_OP_MAKE_PROCESS) {
		rule = check_parent(check, steps, index, step->object);
		count(&steps->of_process[step->object], MADE);
	} else if (step->op == OWP_OP_CALL_CRASH_PROCEDURE)
		count(&steps->of_process[step->object], ASKED);
	else if (step->op == OWP_OP_RESUME)
		count(&steps->of_process[step->object], RESUMED);
	return rule;
}

static int check_step(struct owp_check *check, struct steps *steps, const struct owp_step *step,
		      uint64_t index)
{
	uint32_t operation = operation_of(step->op);

	if (operation == OPERATIONS)
		return fail(check, OWV_STEP_STAGE, index, "op", step->op);
	if (step->object == OWP_NONE && !leads_nowhere(step->op))
		return fail(check, OWV_STEP_OBJECT, index, "object", step->op);
	if (stage_of(check, step, operation) != step->stage)
		return fail(check, OWV_STEP_STAGE, index, "stage", step->stage);
	return note(check, steps, step, operation, index);
}

static int check_all_made(struct owp_check *check, const struct steps *steps)
{
	for (uint32_t i = 0; i < OPERATIONS; i++) {
		uint32_t section = operations[i].makes;
		uint64_t objects = section ? check->view.section[section].count : 0;

		for (uint64_t object = 0; object < objects; object++)
			if (!owp_test_bit(steps->done, steps->first_bit[i] + object))
				return owp_fail(check, OWV_STEP_ONCE, section, object, NULL,
						operations[i].op);
	}
	return 0;
}

/*
 * One that is not lost is made, and runs on or is handed to its crash procedure; one that is lost
 * is not.
 */
static int check_processes(struct owp_check *check, const struct steps *steps)
{
	const struct owp_process *process;
	uint64_t i;

	OWP_EACH(check, process, PROCESS, i, process) {
		unsigned int made = process->verdict != OWP_VERDICT_LOST;
		unsigned int asked = process->verdict == OWP_VERDICT_NEEDS_CRASH_PROCEDURE &&
				     process->state != OWP_PROCESS_STATE_ZOMBIE;
		unsigned int expected =
			made << (2 * MADE) | asked << (2 * ASKED) | made << (2 * RESUMED);

		if (steps->of_process[i] != expected)
			return owp_fail(check, OWV_STEP_PROCESS, OWP_SECTION_PROCESS, i, NULL,
					steps->of_process[i]);
	}
	return 0;
}

/* The memory that the steps are counted in; 0 where there is too little. */
static int lay_out(struct owp_check *check, struct steps *steps)
{
	uint64_t bits = 0, processes = OWP_COUNT(&check->view, PROCESS);

	for (uint32_t i = 0; i < OPERATIONS; i++) {
		steps->first_bit[i] = bits;
		bits += operations[i].makes ? check->view.section[operations[i].makes].count : 0;
	}
	steps->of_process = owp_work(check, processes + bits / 8 + 1);
	steps->done = steps->of_process + processes;
	return steps->of_process != NULL;
}

int owp_check_steps(struct owp_check *check)
{
	const struct owp_step *step;
	struct steps steps;
	uint32_t before = 0;
	uint64_t i;
	int rule;

	if (!lay_out(check, &steps))
		return fail(check, OWV_SCRATCH, OWP_NO_RECORD, NULL, 0);
	OWP_EACH(check, step, STEP, i, step) {
		if (step->stage < before)
			return fail(check, OWV_STEP_ORDER, i, "stage", step->stage);
		before = step->stage;
		rule = check_step(check, &steps, step, i);
		if (rule)
			return rule;
	}
	rule = check_all_made(check, &steps);
	return rule ? rule : check_processes(check, &steps);
}
