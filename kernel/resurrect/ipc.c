// SPDX-License-Identifier: GPL-2.0-only
/* System V shared memory and semaphores: the kernel gives out the identifier that is written to *_next_id. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/ipc.h>
#include <sys/sem.h>
#include <sys/shm.h>
#include <unistd.h>

#include "ipc.h"
#include "objects.h"
#include "sys.h"

#define WITH_LAST_USER 01000 /* SHM_DEST */

int choose_ipc_id(const char *which, int32_t id)
{
	char path[64];
	int fd, error = 0;

	snprintf(path, sizeof(path), "/proc/sys/kernel/%s_next_id", which);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	if (dprintf(fd, "%d", id) < 0)
		error = -errno;
	close(fd);
	return error;
}

struct get_segment {
	key_t key;
	size_t bytes;
	int flags, id;
};

static int get_segment(void *argument)
{
	struct get_segment *get = argument;

	get->id = shmget(get->key, get->bytes, get->flags);
	return get->id < 0 ? -errno : 0;
}

static int fill_segment(int id, const struct owp_shared_memory *memory)
{
	void *at = shmat(id, NULL, 0);
	int error = FAULT_POINT("make_shm_segment.fill");

	if (at == (void *)-1)
		return -errno;
	if (!error && memory->pages.count)
		error = copy_runs(memory->pages, at, 0);
	shmdt(at);
	return error;
}

static int settle_segment(int id, const struct owp_shm_segment *segment)
{
	const struct owp_shared_memory *memory = RECORD(shared_memory, SHARED_MEMORY, segment->memory);
	struct shmid_ds now;
	int error;

	if (id != segment->ipc_id) {
		ex.detail = id;
		return -EEXIST;
	}
	error = fill_segment(id, memory);
	if (error)
		return error;
	if (shmctl(id, IPC_STAT, &now) < 0)
		return -errno;
	now.shm_perm.uid = segment->uid;
	now.shm_perm.gid = segment->gid;
	now.shm_perm.mode = segment->mode & 0777;
	if (shmctl(id, IPC_SET, &now) < 0)
		return -errno;
	if ((memory->flags & OWP_SHARED_MEMORY_FLAG_LOCKED) && shmctl(id, SHM_LOCK, NULL) < 0)
		return -errno;
	return 0;
}

int op_make_shm_segment(uint32_t object)
{
	const struct owp_shm_segment *segment = RECORD(shm_segment, SHM_SEGMENT, object);
	const struct owp_shared_memory *memory = RECORD(shared_memory, SHARED_MEMORY, segment->memory);
	struct as who = as_process(segment->creator_pid, segment->creator_uid);
	struct get_segment get = {
		.key = segment->key,
		.bytes = segment->bytes,
		.flags = IPC_CREAT | IPC_EXCL | (segment->mode & 0777),
	};
	int error = FAULT_POINT("make_shm_segment.get");

	if (!is_initial(segment->namespace))
		return -EOPNOTSUPP;
	if (memory->flags & OWP_SHARED_MEMORY_FLAG_HUGE)
		get.flags |= SHM_HUGETLB;
	who.uid = segment->creator_uid;
	who.gid = segment->creator_gid;
	if (!error)
		error = choose_ipc_id("shm", segment->ipc_id);
	if (!error)
		error = run_as(who, get_segment, &get, sizeof(get));
	if (error)
		return error;
	error = settle_segment(get.id, segment);
	if (error)
		shmctl(get.id, IPC_RMID, NULL);
	else
		ex.shm_id[segment->memory] = get.id;
	return error;
}

int make_segment_memory(uint32_t memory)
{
	const struct owp_shm_segment *segments = RECORD(shm_segment, SHM_SEGMENT, 0);
	int fd, error;

	for (uint64_t i = 0; i < OWP_COUNT(&ex.plan, SHM_SEGMENT); i++) {
		/* Made in one with its identifier, in a step of its own. */
		if (segments[i].memory == memory)
			return 0;
	}
	fd = make_anonymous_memory(memory);
	if (fd < 0)
		return fd;
	error = fill_mapped(fd, RECORD(shared_memory, SHARED_MEMORY, memory)->bytes,
			    RECORD(shared_memory, SHARED_MEMORY, memory)->pages);
	if (error) {
		close(fd);
		return error;
	}
	ex.shared_memory_fd[memory] = move_up(fd);
	return ex.shared_memory_fd[memory] < 0 ? ex.shared_memory_fd[memory] : 0;
}

/* One that goes with its last user is marked when those who use it are attached, or it would go at once. */
int finish_shm_segment(uint32_t object)
{
	const struct owp_shm_segment *segment = RECORD(shm_segment, SHM_SEGMENT, object);

	if (!(segment->mode & WITH_LAST_USER) || ex.shm_id[segment->memory] < 0)
		return 0;
	return shmctl(ex.shm_id[segment->memory], IPC_RMID, NULL) < 0 ? -errno : 0;
}

union semun {
	int val;
	struct semid_ds *buf;
};

struct get_semaphores {
	key_t key;
	int count, flags, id;
};

static int get_semaphores(void *argument)
{
	struct get_semaphores *get = argument;

	get->id = semget(get->key, get->count, get->flags);
	return get->id < 0 ? -errno : 0;
}

struct set_values {
	int id;
	int32_t pid;
	const struct owp_semaphore *semaphores;
	uint32_t count;
};

/* Those that this process had changed last: the kernel notes who sets a value. */
static int set_values(void *argument)
{
	const struct set_values *set = argument;

	for (uint32_t i = 0; i < set->count; i++) {
		const struct owp_semaphore *one = set->semaphores + i;

		if (one->pid != set->pid || (!one->pid && !one->value))
			continue;
		if (semctl(set->id, i, SETVAL, (union semun){ .val = one->value }) < 0)
			return -errno;
	}
	return 0;
}

static bool seen_before(const struct owp_semaphore *semaphores, uint32_t index)
{
	for (uint32_t i = 0; i < index; i++) {
		if (semaphores[i].pid == semaphores[index].pid)
			return true;
	}
	return false;
}

static int settle_semaphores(int id, const struct owp_semaphore_set *set)
{
	struct set_values values = {
		.id = id,
		.semaphores = RECORD(semaphore, SEMAPHORE, set->semaphores.first),
		.count = set->semaphores.count,
	};
	int error = FAULT_POINT("make_semaphores.set");
	struct semid_ds now;

	if (id != set->ipc_id) {
		ex.detail = id;
		return -EEXIST;
	}
	for (uint32_t i = 0; !error && i < values.count; i++) {
		if (seen_before(values.semaphores, i))
			continue;
		values.pid = values.semaphores[i].pid;
		error = run_as((struct as){ .pid = values.pid, .root_fd = -1 }, set_values, &values, sizeof(values));
		ex.child = error ? (int32_t)i : ex.child;
	}
	if (error)
		return error;
	if (semctl(id, 0, IPC_STAT, (union semun){ .buf = &now }) < 0)
		return -errno;
	now.sem_perm.uid = set->uid;
	now.sem_perm.gid = set->gid;
	now.sem_perm.mode = set->mode & 0777;
	return semctl(id, 0, IPC_SET, (union semun){ .buf = &now }) < 0 ? -errno : 0;
}

int op_make_semaphores(uint32_t object)
{
	const struct owp_semaphore_set *set = RECORD(semaphore_set, SEMAPHORE_SET, object);
	struct get_semaphores get = {
		.key = set->key,
		.count = set->semaphores.count,
		.flags = IPC_CREAT | IPC_EXCL | (set->mode & 0777),
	};
	struct as who = { .uid = set->creator_uid, .gid = set->creator_gid, .root_fd = -1 };
	int error = FAULT_POINT("make_semaphores.get");

	if (!is_initial(set->namespace))
		return -EOPNOTSUPP;
	if (!error)
		error = choose_ipc_id("sem", set->ipc_id);
	if (!error)
		error = run_as(who, get_semaphores, &get, sizeof(get));
	if (error)
		return error;
	error = settle_semaphores(get.id, set);
	if (error)
		semctl(get.id, 0, IPC_RMID);
	return error;
}

/* The value stays: one operation is undone at the end of the process, the other is not. Upwards first, so that none waits. */
static int undo_one(int id, uint16_t number, int16_t adjustment)
{
	bool up = adjustment < 0;
	struct sembuf both[2] = {
		{ number, up ? -adjustment : adjustment, IPC_NOWAIT | (up ? SEM_UNDO : 0) },
		{ number, up ? adjustment : -adjustment, IPC_NOWAIT | (up ? 0 : SEM_UNDO) },
	};

	return adjustment ? sys(semop, id, both, 2) : 0;
}

/* In the process: system calls as they are, and nothing but the plan. */
int semaphore_undo_of(uint32_t process)
{
	const struct owp_semaphore_set *sets = RECORD(semaphore_set, SEMAPHORE_SET, 0);

	for (uint64_t i = 0; i < OWP_COUNT(&ex.plan, SEMAPHORE_SET); i++) {
		for (uint32_t u = 0; u < sets[i].undo.count; u++) {
			const struct owp_semaphore_undo *undo =
				RECORD(semaphore_undo, SEMAPHORE_UNDO, sets[i].undo.first + u);
			const int16_t *adjustments = owp_bytes(&ex.plan, undo->adjustments);

			if (undo->process != process)
				continue;
			for (uint32_t n = 0; n < undo->adjustments.bytes / sizeof(*adjustments); n++) {
				int error = undo_one(sets[i].ipc_id, n, adjustments[n]);

				if (error)
					return error;
			}
		}
	}
	return 0;
}
