// SPDX-License-Identifier: GPL-2.0-only
/*
 * The tree of processes with its PIDs, parents, sessions and groups. A process is forked by its parent, inside the session
 * that it belongs to: a child that stayed in its parent's old session is forked before the parent leaves that. A process
 * whose parent was init, in a session that another leads, is forked by the leader through a go-between that ends at once: so
 * init adopts it again. Leaders of sessions and groups that had ended before the panic are stood in for until all are born.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/futex.h>
#include <linux/sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

#include "bringup.h"
#include "fault.h"
#include "process.h"
#include "sys.h"
#include "tree.h"

#define NOBODY (-1)
#define PID_LIMIT 4194304

struct node {
	int32_t pid, sid, pgid;
	uint32_t process; /* OWP_NONE: a stand-in */
	int32_t maker;    /* node that forks it; NOBODY: the executor */
	bool through_go_between;
	bool before_setsid;
};

struct tree *tree;
static struct node *nodes;
static uint32_t node_count;

static int32_t node_of(int32_t pid)
{
	for (uint32_t i = 0; i < node_count; i++)
		if (nodes[i].pid == pid)
			return i;
	return NOBODY;
}

/* --- gatherings */

static bool all_have_come(enum gathering where)
{
	return where != GATHER_FILES && tree->come[where] + tree->gone >= tree->expected;
}

void let(enum gathering where)
{
	tree->open[where] = 1;
	sys(futex, &tree->open[where], FUTEX_WAKE, 0x7fffffff);
}

/* Sleeps until the place is opened: whoever comes last opens it, and wakes everybody once. */
static void wait_for_others(enum gathering where, uint32_t milliseconds)
{
	struct timespec slice = { .tv_nsec = 500000000 }; /* one may have ended on the way */

	for (uint32_t waited = 0; !tree->open[where] && waited < milliseconds; waited += 500) {
		if (all_have_come(where))
			let(where);
		else
			sys(futex, &tree->open[where], FUTEX_WAIT, 0, &slice);
	}
}

void gather(enum gathering where, uint32_t milliseconds)
{
	wait_for_others(where, milliseconds);
	let(where);
}

void come_and_wait(enum gathering where)
{
	__atomic_add_fetch(&tree->come[where], 1, __ATOMIC_SEQ_CST);
	wait_for_others(where, 0xffffff00);
}

/* --- forking */

static long fork_as(int32_t pid, int exit_signal)
{
	struct clone_args args = {
		.exit_signal = exit_signal,
		.set_tid = (uintptr_t)&pid,
		.set_tid_size = 1,
	};

	return sys(clone3, &args, sizeof(args));
}

static void node_main(uint32_t index);

static const char *name_of(const struct node *node)
{
	return owp_string(&ex.plan, (OWP_RECORDS(&ex.plan, process, PROCESS) + node->process)->name);
}

static int fork_node(uint32_t index)
{
	struct node *node = &nodes[index];
	const struct owp_process *process = OWP_RECORDS(&ex.plan, process, PROCESS);
	int signal = node->process == OWP_NONE ? SIGCHLD : process[node->process].exit_signal;
	long pid, go_between = 0;

	if (node->process != OWP_NONE && fault_in("make_process", name_of(node)))
		return -EAGAIN;
	if (node->through_go_between) {
		int32_t its_pid = __atomic_fetch_sub(&tree->free_pid, 1, __ATOMIC_SEQ_CST);
		go_between = fork_as(its_pid, 0);
		if (go_between < 0)
			return go_between;
		if (go_between > 0) {
			int status = 0;
			sys(wait4, go_between, &status, __WALL, 0);
			return WIFEXITED(status) ? -WEXITSTATUS(status) : -ECHILD;
		}
	}
	pid = fork_as(node->pid, signal);
	if (pid == 0) {
		node_main(index);
		sys(exit_group, 1);
	}
	if (node->through_go_between)
		sys(exit_group, pid < 0 ? -pid : 0);
	return pid < 0 ? pid : 0;
}

static void skip_born(uint32_t process)
{
	journal_skipped(step_of(OWP_OP_SET_GROUPS, process));
	skip_process(process);
}

/* With all that it was to fork. */
static void give_up_node(uint32_t index)
{
	if (nodes[index].process != OWP_NONE) {
		journal_skipped(step_of(OWP_OP_MAKE_PROCESS, nodes[index].process));
		skip_born(nodes[index].process);
	}
	__atomic_add_fetch(&tree->gone, 1, __ATOMIC_SEQ_CST);
	for (uint32_t i = 0; i < node_count; i++)
		if (nodes[i].maker == (int32_t)index)
			give_up_node(i);
}

/* Its children are to be born all the same, in the session and the groups that they had: their parent is stood in for. */
static void lose_process(struct node *node, int error)
{
	uint32_t process = node->process;

	ex.detail = node->pid;
	complain("process %d: it cannot be made: error %d", node->pid, -error);
	journal(step_of(OWP_OP_MAKE_PROCESS, process), error);
	skip_born(process);
	node->process = OWP_NONE;
}

static void fork_nodes_of(int32_t maker, bool before_setsid)
{
	for (uint32_t i = 0; i < node_count; i++) {
		int error;

		if (nodes[i].maker != maker || nodes[i].before_setsid != before_setsid)
			continue;
		error = fork_node(i);
		if (error && nodes[i].process != OWP_NONE) {
			lose_process(&nodes[i], error);
			error = fork_node(i);
		}
		if (error)
			give_up_node(i);
	}
}

/* --- what a new process does first */

static int take_terminal(const struct owp_process *process)
{
	int fd;

	if (process->terminal == OWP_NONE || process->sid != process->pid)
		return 0;
	fd = ex.terminal_fd[process->terminal];
	return fd < 0 ? -ENOTTY : sys(ioctl, fd, TIOCSCTTY, 0);
}

static int set_foreground(const struct owp_process *process)
{
	const struct owp_terminal *terminal = OWP_RECORDS(&ex.plan, terminal, TERMINAL);
	int32_t group;

	if (process->terminal == OWP_NONE || process->sid != process->pid)
		return 0;
	group = terminal[process->terminal].foreground;
	return group > 0 ? sys(ioctl, ex.terminal_fd[process->terminal], TIOCSPGRP, &group) : 0;
}

static void node_main(uint32_t index)
{
	const struct node *node = &nodes[index];
	const struct owp_process *process = node->process == OWP_NONE ?
		NULL : OWP_RECORDS(&ex.plan, process, PROCESS) + node->process;
	uint64_t all = ~0ULL;
	long error = 0;

	sys(rt_sigprocmask, SIG_SETMASK, &all, NULL, sizeof(all));
	fork_nodes_of(index, true);
	if (node->sid == node->pid)
		error = sys(setsid);
	/* Children inherit the controlling terminal: it comes before them. */
	if (process && error >= 0)
		error = take_terminal(process);
	fork_nodes_of(index, false);
	if (error >= 0 && node->pgid == node->pid && node->sid != node->pid)
		error = sys(setpgid, 0, 0);
	if (process && error >= 0)
		journal(step_of(OWP_OP_MAKE_PROCESS, node->process), 0);
	come_and_wait(GATHER_BORN);
	if (error >= 0 && node->pgid != node->pid)
		error = sys(setpgid, 0, node->pgid);
	if (process && error >= 0)
		error = fault_in("set_groups", name_of(node)) ? -EIO : set_foreground(process);
	come_and_wait(GATHER_GROUPS);
	if (!process)
		fail_process();
	/* A group or terminal that is not as it was costs the process: job control would go astray. */
	journal(step_of(OWP_OP_SET_GROUPS, node->process), error < 0 ? error : 0);
	if (error < 0) {
		skip_process(node->process);
		fail_process();
	}
	process_main(node->process);
}

/* --- who forks whom */

static uint32_t add_node(int32_t pid, int32_t sid, int32_t pgid, uint32_t process)
{
	nodes[node_count] = (struct node){ pid, sid, pgid, process, NOBODY, false, false };
	return node_count++;
}

/* Where a node is born: in the session that its maker is in, before or after the maker's own setsid(). */
static void choose_maker(struct node *node)
{
	const struct owp_process *process = OWP_RECORDS(&ex.plan, process, PROCESS);
	uint32_t parent = node->process == OWP_NONE ? OWP_NONE : process[node->process].parent;
	int32_t leader;

	if (parent != OWP_NONE && process[parent].verdict != OWP_VERDICT_LOST) {
		node->maker = node_of(process[parent].pid);
		node->before_setsid = node->sid != node->pid && node->sid != process[parent].sid &&
				      process[parent].sid == process[parent].pid;
		return;
	}
	leader = node_of(node->sid);
	if (node->sid == node->pid || leader == NOBODY)
		return; /* the executor's own child */
	node->maker = leader;
	node->through_go_between = true;
}

int make_tree(void)
{
	const struct owp_process *process = OWP_RECORDS(&ex.plan, process, PROCESS);
	uint64_t count = OWP_COUNT(&ex.plan, PROCESS);

	tree = shared_room(sizeof(*tree));
	nodes = calloc(count * 3 + 1, sizeof(*nodes));
	if (!tree || !nodes)
		return -ENOMEM;
	for (uint64_t i = 0; i < count; i++)
		if (process[i].verdict != OWP_VERDICT_LOST)
			add_node(process[i].pid, process[i].sid, process[i].pgid, i);
	for (uint64_t i = 0; i < count; i++) {
		if (process[i].verdict == OWP_VERDICT_LOST)
			continue;
		if (process[i].sid > 0 && node_of(process[i].sid) == NOBODY)
			add_node(process[i].sid, process[i].sid, process[i].sid, OWP_NONE);
		if (process[i].pgid > 0 && node_of(process[i].pgid) == NOBODY)
			add_node(process[i].pgid, process[i].sid, process[i].pgid, OWP_NONE);
	}
	for (uint32_t i = 0; i < node_count; i++)
		choose_maker(&nodes[i]);
	tree->expected = node_count;
	tree->free_pid = PID_LIMIT - 1;
	while (node_of(tree->free_pid) != NOBODY)
		tree->free_pid--;
	fork_nodes_of(NOBODY, false);
	return 0;
}
