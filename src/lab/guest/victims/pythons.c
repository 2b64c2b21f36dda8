// Victims in Python: each is python/NAME.py, without the py- of its name, and lives as the others do (python/victim.py).

#include "victims.h"

static void in_python(void)
{
	const char *folder = getenv("VICTIMS_PYTHON");
	char script[600];
	snprintf(script, sizeof(script), "%s/%s.py", folder ? folder : "/otherworld/python", self->name + strlen("py-"));
	need(script, access(script, R_OK));
	execlp("python3", "python3", "-B", "-s", script, self->name, directory, NULL);
	skip("python3: %s", strerror(errno));
}

const struct victim python_victims[] = {
	{ "py-generator", "a generator half way through a file, and a child that it talks to", in_python, 0, NULL },
	{ "py-threads", "threads that wait for a queue, a lock, a condition, a barrier", in_python, 0, NULL },
	{ "py-asynchronous", "asyncio: connections, timers, tasks, a signal", in_python, 0, NULL },
	{ "py-processes", "subprocess: pipes to programs that run, and to one that has ended", in_python, 0, NULL },
	{ "py-shared", "multiprocessing: shared memory, locks, events, queues", in_python, 0, NULL },
	{ "py-database", "sqlite3 in the middle of a transaction and a query", in_python, 0, NULL },
	{ "py-signals", "handlers, pending signals, a timer, a wake-up descriptor", in_python, 0, NULL },
	{ "py-objects", "objects on the heap, streams half done, a recursion half way down", in_python, 0, NULL },
	{ NULL, NULL, NULL, 0, NULL },
};
