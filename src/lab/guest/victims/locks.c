// File locks that are held across the death: nobody else gets them, until they are let go.

#include "victims.h"

#include <sys/file.h>

static struct flock range_of(int type, long start, long length)
{
	struct flock range = { .l_type = type, .l_whence = SEEK_SET, .l_start = start, .l_len = length };
	return range;
}

// What another process is told that wants [start, start + length).
static void check_range(const char *what, long start, long length, int type, int owner)
{
	int status = -1;
	pid_t pid = child();
	if (pid == 0) {
		struct flock range = range_of(F_WRLCK, start, length);
		int fd = need("open", open(work_path("data"), O_RDWR | O_CLOEXEC));
		need("F_GETLK", fcntl(fd, F_GETLK, &range));
		check_is(what, range.l_type, type);
		if (type != F_UNLCK)
			check_is("its owner", range.l_pid, owner);
		end_child();
	}
	need("waitpid", waitpid(pid, &status, 0));
	if (status != 0)
		_exit(1); // it has given the verdict
}

static void set_lock(int fd, int command, int type, long start, long length)
{
	struct flock range = range_of(type, start, length);
	need("lock", fcntl(fd, command, &range));
}

static void posix(void)
{
	int fd = work_file("data", 100, 1);
	set_lock(fd, F_SETLK, F_WRLCK, 10, 20);
	set_lock(fd, F_SETLK, F_RDLCK, 50, 5);
	across();
	if (broken(1))
		set_lock(fd, F_SETLK, F_UNLCK, 29, 1);
	if (broken(2))
		set_lock(fd, F_SETLK, F_WRLCK, 0, 1);
	check_range("last byte", 29, 1, F_WRLCK, getpid());
	check_range("first byte", 10, 1, F_WRLCK, getpid());
	check_range("read lock", 52, 1, F_RDLCK, getpid());
	check_range("what is free", 0, 10, F_UNLCK, 0);
	check_range("what is free", 30, 20, F_UNLCK, 0);
	set_lock(fd, F_SETLK, F_UNLCK, 10, 20);
	check_range("after unlocking", 10, 20, F_UNLCK, 0);
}

static void open_description(void)
{
	int fd = work_file("data", 100, 1);
	int same = need("dup", dup(fd)), other = need("open", open(work_path("data"), O_RDWR | O_CLOEXEC));
	set_lock(fd, F_OFD_SETLK, F_WRLCK, 5, 5);
	across();
	if (broken(1))
		set_lock(same, F_OFD_SETLK, F_UNLCK, 5, 5);
	if (broken(2))
		set_lock(fd, F_OFD_SETLK, F_WRLCK, 5, 6);
	struct flock range = range_of(F_WRLCK, 0, 20), beyond = range_of(F_WRLCK, 10, 1);
	need("F_OFD_GETLK", fcntl(other, F_OFD_GETLK, &range));
	check_is("lock", range.l_type, F_WRLCK);
	check_is("its begin", range.l_start, 5);
	check_is("its owner", range.l_pid, -1);
	need("F_OFD_GETLK", fcntl(other, F_OFD_GETLK, &beyond));
	check_is("what is free", beyond.l_type, F_UNLCK);
	close(fd); // the other descriptor of the same description keeps it
	range = range_of(F_WRLCK, 5, 5);
	need("F_OFD_GETLK", fcntl(other, F_OFD_GETLK, &range));
	check_is("lock by dup", range.l_type, F_WRLCK);
	close(same);
	set_lock(other, F_OFD_SETLK, F_WRLCK, 5, 5);
}

static void whole_file(void)
{
	int fd = work_file("whole", 100, 1);
	int other = need("open", open(work_path("whole"), O_RDWR | O_CLOEXEC));
	int shared = work_file("shared", 100, 1);
	int another = need("open", open(work_path("shared"), O_RDWR | O_CLOEXEC));
	need("flock", flock(fd, LOCK_EX));
	need("flock", flock(shared, LOCK_SH));
	across();
	if (broken(1))
		need("flock", flock(fd, LOCK_UN));
	if (broken(2))
		need("flock", flock(shared, LOCK_EX));
	check_error("flock of another", flock(other, LOCK_SH | LOCK_NB), EWOULDBLOCK);
	check_is("flock shared", flock(another, LOCK_SH | LOCK_NB), 0);
	check_error("flock exclusive of what is shared", flock(another, LOCK_EX | LOCK_NB), EWOULDBLOCK);
	need("flock", flock(fd, LOCK_UN));
	check_is("flock of another after unlocking", flock(other, LOCK_EX | LOCK_NB), 0);
}

const struct victim lock_victims[] = {
	{ "lock-posix", "POSIX record locks, with their owner", posix, 0, NULL },
	{ "lock-ofd", "locks of an open file description", open_description, 0, NULL },
	{ "lock-flock", "flock, exclusive and shared", whole_file, 0, NULL },
	{ NULL, NULL, NULL, 0, NULL },
};
