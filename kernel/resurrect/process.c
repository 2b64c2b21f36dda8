// SPDX-License-Identifier: GPL-2.0-only
/* The steps of a process, in its own context, each journalled; the first that fails ends it, and no other. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#include "bringup.h"
#include "fault.h"
#include "process.h"
#include "self.h"
#include "sys.h"
#include "tree.h"

static uint32_t of_process(const struct self *self)
{
	return self->index;
}

static uint32_t of_files(const struct self *self)
{
	return self->model->files;
}

static uint32_t of_fs(const struct self *self)
{
	return self->model->fs;
}

static uint32_t of_mm(const struct self *self)
{
	return self->process->mm;
}

static uint32_t of_sighand(const struct self *self)
{
	return self->process->sighand;
}

/* In this order: files before mappings of them, memory before handlers in it, rights last (enum owp_stage). */
static const struct {
	uint32_t op;
	uint32_t (*object)(const struct self *self);
	part *run;
	const char *fault;
} parts[] = {
	{ OWP_OP_INSTALL_FILES, of_files, install_files, "install_files" },
	{ OWP_OP_SET_DIRECTORIES, of_fs, set_directories, "set_directories" },
	{ OWP_OP_MAKE_MM, of_mm, make_mm, "make_mm" },
	{ OWP_OP_FILL_MM, of_mm, fill_mm, "fill_mm" },
	{ OWP_OP_SET_THREADS, of_process, make_threads, "make_threads" },
	{ OWP_OP_SET_HANDLERS, of_sighand, set_handlers, "set_handlers" },
	{ OWP_OP_SET_SIGNALS, of_process, set_signals, "set_signals" },
	{ OWP_OP_SET_TIMERS, of_process, set_timers, "set_timers" },
	{ OWP_OP_SET_ATTRIBUTES, of_process, set_attributes, "set_attributes" },
	{ OWP_OP_SET_THREADS, of_process, set_threads, "set_threads" },
};
#define PARTS (sizeof(parts) / sizeof(*parts))

void fail_process(void)
{
	int32_t pid = sys(getpid);

	sys(kill, pid, SIGKILL);
	sys(exit_group, 1);
	__builtin_unreachable();
}

/* Those behind part `from`, but for `failed`, which is in the journal. */
static void skip_rest(const struct self *self, unsigned from, uint32_t failed)
{
	static const uint32_t last[] = { OWP_OP_SET_CREDENTIALS, OWP_OP_SET_SECCOMP, OWP_OP_SET_THREADS, OWP_OP_RESUME };

	for (unsigned i = from; i < PARTS; i++)
		if (parts[i].op != OWP_OP_SET_THREADS)
			journal_skipped(step_of(parts[i].op, parts[i].object(self)));
	for (unsigned i = 0; i < sizeof(last) / sizeof(*last) && failed != OWP_OP_RESUME; i++)
		if (last[i] != failed)
			journal_skipped(step_of(last[i], self->index));
}

static struct self self_of(uint32_t index)
{
	struct self self = { .index = index, .exe_fd = -1, .proc_fd = -1 };

	self.process = OWP_RECORDS(&ex.plan, process, PROCESS) + index;
	self.threads = OWP_RECORDS(&ex.plan, thread, THREAD) + self.process->threads.first;
	self.model = self.threads;
	while (self.model + 1 < self.threads + self.process->threads.count && self.model->flags & OWP_THREAD_FLAG_ENDED)
		self.model++;
	if (self.process->mm != OWP_NONE)
		self.mm = OWP_RECORDS(&ex.plan, mm, MM) + self.process->mm;
	return self;
}

void skip_process(uint32_t index)
{
	struct self self = self_of(index);

	if (self.process->state == OWP_PROCESS_STATE_ZOMBIE)
		journal_skipped(step_of(OWP_OP_RESUME, index));
	else
		skip_rest(&self, 0, 0);
}

bool fault_of(const struct self *self, const char *name)
{
	return fault_in(name, owp_string(&ex.plan, self->process->name));
}

/*
 * In namespaces that could not be made: in the initial ones it would have rights, and see things, that it never had. A cgroup
 * namespace is but a way of naming groups.
 */
static bool is_out_of_place(const struct self *self)
{
	const struct owp_namespace *namespace = OWP_RECORDS(&ex.plan, namespace, NAMESPACE);

	for (uint32_t i = 0; i < self->process->threads.count; i++) {
		const struct owp_namespace_set *set = OWP_RECORDS(&ex.plan, namespace_set, NAMESPACE_SET) +
						      self->threads[i].namespaces;
		const struct owp_namespace_link *link = OWP_RECORDS(&ex.plan, namespace_link, NAMESPACE_LINK);

		if (self->threads[i].namespaces == OWP_NONE)
			continue;
		for (uint32_t l = set->links.first; l < set->links.first + set->links.count; l++)
			if (link[l].kind != OWP_NAMESPACE_KIND_CGROUP &&
			    !(namespace[link[l].namespace].flags & OWP_NAMESPACE_FLAG_INITIAL))
				return true;
	}
	return false;
}

/* A process that had ended ends again, with the same status; its parent is to find it. */
static void end_again(const struct self *self)
{
	int32_t status = self->process->exit_code;
	uint64_t none = 0;

	sys(prctl, PR_SET_NAME, owp_string(&ex.plan, self->process->name), 0, 0, 0);
	if (WIFSIGNALED(status)) {
		uint64_t no_core[2] = { 0, 0 };
		sys(prlimit64, 0, 4 /* RLIMIT_CORE */, no_core, 0);
		int32_t pid = sys(getpid);

		sys(kill, pid, WTERMSIG(status));
		sys(rt_sigprocmask, SIG_SETMASK, &none, 0, sizeof(none));
	}
	sys(exit_group, WEXITSTATUS(status));
}

void process_main(uint32_t index)
{
	struct self self = self_of(index);

	if (self.process->state == OWP_PROCESS_STATE_ZOMBIE) {
		journal(step_of(OWP_OP_RESUME, index), 0);
		end_again(&self);
	}
	self.proc_fd = open_up("/proc", O_PATH | O_DIRECTORY);
	if (self.process->verdict == OWP_VERDICT_NEEDS_CRASH_PROCEDURE) {
		/* None can be registered yet: without one a process ends that would go on with a part of it missing. */
		journal(step_of(OWP_OP_CALL_CRASH_PROCEDURE, index), -ENOSYS);
		skip_rest(&self, 0, 0);
		fail_process();
	}
	if (is_out_of_place(&self)) {
		skip_rest(&self, 0, 0);
		fail_process();
	}
	come_and_wait(GATHER_FILES);
	for (unsigned i = 0; i < PARTS; i++) {
		int error = fault_of(&self, parts[i].fault) ? -EIO : parts[i].run(&self);
		uint32_t op = self.failed_op ? self.failed_op : parts[i].op;

		if (!error && parts[i].run == set_threads)
			__builtin_unreachable();
		if (error) {
			complain("process %d: %s: op %u: error %d, child %d, at %#llx", self.process->pid,
				 parts[i].fault, op, -error, ex.child, (unsigned long long)ex.detail);
			journal(step_of(op, parts[i].object(&self)), error);
			skip_rest(&self, i + 1, op);
			fail_process();
		}
		if (parts[i].run != make_threads) /* set_threads is the end of the same step */
			journal(step_of(parts[i].op, parts[i].object(&self)), 0);
	}
	fail_process();
}
