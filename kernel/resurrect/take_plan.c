// SPDX-License-Identifier: GPL-2.0-only
/*
 * Where a plan comes from: the host, through the port; where none comes, the planner on the root disk (ow.planner=), which
 * reads the dead kernel's memory from /proc/vmcore. Either way it is the module that says whether it can be executed.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bringup.h"
#include "fault.h"

#define VMCORE "/proc/vmcore"
/* A tmpfs of the planner's own, gone before the world has its: the root disk may be full, or mounted read-only. */
#define PLAN_DIR "/run"
#define PLAN_FILE PLAN_DIR "/plan.owplan"
/* Once a plan has been announced. */
#define PLAN_PATIENCE_MS 60000

static const char *submit(const void *plan, size_t bytes)
{
	static char why[192];
	struct ow_submit submit = { .plan = (uintptr_t)plan, .bytes = bytes };
	int error;

	if (strcmp(option("ow.vdso", "same"), "any") == 0)
		submit.flags = OW_SUBMIT_ANY_VDSO;
	else
		own_vdso(submit.vdso_build_id);
	error = FAULT_POINT("check_machine");

	if (ex.device < 0)
		ex.device = move_up(open(OW_DEVICE, O_RDWR | O_CLOEXEC));
	if (ex.device < 0)
		return "no " OW_DEVICE ": is otherworld.ko in the initramfs, and made for this kernel?";
	if (!error && ioctl(ex.device, OW_SUBMIT, &submit) < 0)
		error = -errno;
	if (!error)
		return NULL;
	if (submit.fault.rule)
		snprintf(why, sizeof(why), "the plan is refused, rule %u: %s (section %u, record %lld, value %#llx)",
			 submit.fault.rule, submit.fault.reason, submit.fault.section,
			 (long long)submit.fault.record, (unsigned long long)submit.fault.value);
	else
		snprintf(why, sizeof(why), "the plan is not taken: %s", strerror(-error));
	port_say("refused", why);
	return why;
}

static const char *from_host(int seconds)
{
	static char line[256];
	size_t bytes;
	void *plan;
	const char *why;

	if (!port_is_there())
		return "no port to a host";
	if (!port_wait(seconds * 1000))
		return "no host listens";
	if (port_read_line(line, sizeof(line), seconds * 1000) < 0)
		return "no plan came in time";
	if (strncmp(line, "none ", 5) == 0)
		return line + 5;
	if (sscanf(line, "plan %zu", &bytes) != 1)
		return "the host said something that is no plan";
	plan = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (plan == MAP_FAILED)
		return "no memory for the plan";
	why = port_read(plan, bytes, PLAN_PATIENCE_MS) < 0 ? "the plan did not come whole" : submit(plan, bytes);
	munmap(plan, bytes);
	return why;
}

static const char *submit_file(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	const char *why;
	struct stat file;
	void *plan;

	if (fd < 0 || fstat(fd, &file) < 0 || file.st_size == 0)
		return "the planner left no plan";
	plan = mmap(NULL, file.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
	close(fd);
	if (plan == MAP_FAILED)
		return "no memory for the plan";
	port_send("plan", plan, file.st_size);
	why = submit(plan, file.st_size);
	munmap(plan, file.st_size);
	return why;
}

static const char *from_planner(const char *program)
{
	const char *why;

	if (access(VMCORE, R_OK) < 0)
		return "there is no " VMCORE ": is this a crash kernel?";
	mount_at("tmpfs", PLAN_DIR, MS_NOSUID | MS_NODEV, "mode=755");
	why = run_planner(program, VMCORE, PLAN_FILE);
	if (!why)
		why = submit_file(PLAN_FILE);
	if (umount2(PLAN_DIR, MNT_DETACH) < 0)
		complain("note: " PLAN_DIR ": %s", strerror(errno));
	ex.planned_here = !why;
	return why;
}

const char *take_plan(void)
{
	char *planner = strdup(option("ow.planner", ""));
	const char *why = from_host(atoi(option("ow.wait", *planner ? "10" : "60")));

	if (why && *planner) {
		complain("no plan from a host: %s", why);
		why = from_planner(planner);
	}
	free(planner);
	return why;
}
