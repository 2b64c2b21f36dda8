// System V shared memory, semaphores and queues; POSIX message queues.

#include "victims.h"

#include <mqueue.h>
#include <sys/ipc.h>
#include <sys/msg.h>
#include <sys/sem.h>
#include <sys/shm.h>

static int id = -1;

static void remove_memory(void)
{
	shmctl(id, IPC_RMID, NULL);
}

static void remove_semaphores(void)
{
	semctl(id, 0, IPC_RMID);
}

static void remove_queue(void)
{
	msgctl(id, IPC_RMID, NULL);
}

static void memory(void)
{
	struct shmid_ds before, found;
	key_t key = 0x5a000000 | (getpid() & 0xffffff);
	id = need("shmget", shmget(key, 5 * PAGE + 100, IPC_CREAT | IPC_EXCL | 0640));
	at_verdict = remove_memory;
	char *pages = need_memory(shmat(id, NULL, 0));
	fill(pages, 5 * PAGE, 1);
	need("IPC_STAT", shmctl(id, IPC_STAT, &before));
	across();
	if (broken(1))
		pages[2 * PAGE] ^= 1;
	if (broken(2))
		need_memory(shmat(id, NULL, SHM_RDONLY));
	check_filled("memory", pages, 5 * PAGE, 1);
	need("IPC_STAT", shmctl(id, IPC_STAT, &found));
	check_is("size", found.shm_segsz, 5 * PAGE + 100);
	check_is("mode", found.shm_perm.mode, before.shm_perm.mode);
	check_is("attached", found.shm_nattch, 1);
	check_is("id by key", shmget(key, 0, 0), id);
	char *again = need_memory(shmat(id, NULL, 0));
	again[7] = 99;
	check_is("written by another attachment", pages[7], 99);
	need("shmdt", shmdt(pages));
}

// Marked for removal: it is gone when the last one detaches.
static void removed_memory(void)
{
	struct shmid_ds found;
	id = need("shmget", shmget(IPC_PRIVATE, 2 * PAGE, 0600));
	char *pages = need_memory(shmat(id, NULL, 0));
	fill(pages, 2 * PAGE, 2);
	need("IPC_RMID", shmctl(id, IPC_RMID, NULL));
	across();
	if (broken(1))
		pages[9] ^= 1;
	check_filled("memory", pages, 2 * PAGE, 2);
	need("IPC_STAT", shmctl(id, IPC_STAT, &found));
	check(!!(found.shm_perm.mode & SHM_DEST), "mode %o: not marked for removal", found.shm_perm.mode);
	need("shmdt", shmdt(pages));
	check(shmctl(id, IPC_STAT, &found) < 0, "it is still there");
}

static void semaphores(void)
{
	unsigned short values[4] = { 3, 0, 17, 32767 }, found[4] = { 0 };
	key_t key = 0x5b000000 | (getpid() & 0xffffff);
	id = need("semget", semget(key, 4, IPC_CREAT | IPC_EXCL | 0600));
	at_verdict = remove_semaphores;
	need("SETALL", semctl(id, 0, SETALL, values));
	need("semop", semop(id, &(struct sembuf){ 2, -1, 0 }, 1));
	across();
	if (broken(1))
		need("semop", semop(id, &(struct sembuf){ 0, -1, 0 }, 1));
	need("GETALL", semctl(id, 0, GETALL, found));
	values[2] = 16;
	for (int i = 0; i < 4; i++)
		check_is("semaphore", found[i], values[i]);
	check_is("last to change it", semctl(id, 2, GETPID), getpid());
	check_is("id by key", semget(key, 0, 0), id);
	check_error("down at 0", semop(id, &(struct sembuf){ 1, -1, IPC_NOWAIT }, 1), EAGAIN);
}

// What a process took with SEM_UNDO is given back when it ends, afterwards.
static void undo(void)
{
	id = need("semget", semget(IPC_PRIVATE, 2, 0600));
	need("SETVAL", semctl(id, 1, SETVAL, 10));
	struct word set = promise();
	pid_t pid = child();
	if (pid == 0) {
		need("semop", semop(id, &(struct sembuf){ 1, -4, SEM_UNDO }, 1));
		tell(set);
		until_after();
		if (broken(1))
			need("semop", semop(id, &(struct sembuf){ 1, 1, SEM_UNDO }, 1));
		check_is("semaphore before it ends", semctl(id, 1, GETVAL), 6);
		if (broken(2))
			need("SETVAL", semctl(id, 1, SETVAL, 6)); // forgets what is to be undone
		end_child();
	}
	at_verdict = remove_semaphores;
	hear(set);
	across();
	join(pid);
	check_is("semaphore after it has ended", semctl(id, 1, GETVAL), 10);
}

struct text {
	long type;
	char text[64];
};

static void send_text(long type, const char *words)
{
	struct text message = { .type = type };
	snprintf(message.text, sizeof(message.text), "%s", words);
	need("msgsnd", msgsnd(id, &message, strlen(words), IPC_NOWAIT));
}

static void check_text_of(long type, const char *words)
{
	struct text message = { .type = 0 };
	check_is("msgrcv", msgrcv(id, &message, sizeof(message.text) - 1, type, IPC_NOWAIT), strlen(words));
	check_text("message", message.text, words);
}

static void messages(void)
{
	struct msqid_ds found;
	key_t key = 0x5c000000 | (getpid() & 0xffffff);
	id = need("msgget", msgget(key, IPC_CREAT | IPC_EXCL | 0600));
	at_verdict = remove_queue;
	send_text(5, "of type five");
	send_text(3, "of type three");
	send_text(5, "another of type five");
	across();
	if (broken(1))
		check_text_of(3, "of type three");
	if (broken(2))
		send_text(9, "?");
	need("IPC_STAT", msgctl(id, IPC_STAT, &found));
	check_is("messages", found.msg_qnum, 3);
	check_text_of(3, "of type three");
	check_text_of(0, "of type five");
	check_text_of(5, "another of type five");
	check_is("id by key", msgget(key, 0), id);
}

// Who sent last: nothing but msgsnd() sets it.
static void message_sender(void)
{
	struct msqid_ds found;
	id = need("msgget", msgget(IPC_PRIVATE, IPC_CREAT | 0600));
	at_verdict = remove_queue;
	send_text(5, "of type five");
	across();
	need("IPC_STAT", msgctl(id, IPC_STAT, &found));
	check_is("last sender", found.msg_lspid, broken(1) ? 0 : getpid());
}

static char queue_name[64];

static void unlink_queue(void)
{
	mq_unlink(queue_name);
}

static mqd_t open_queue(void)
{
	struct mq_attr attributes = { .mq_maxmsg = 5, .mq_msgsize = 100 };
	snprintf(queue_name, sizeof(queue_name), "/victims-%s-%d", self->name, getpid());
	mqd_t queue = may("mq_open", mq_open(queue_name, O_RDWR | O_CREAT | O_EXCL | O_NONBLOCK, 0600, &attributes));
	at_verdict = unlink_queue;
	return queue;
}

static void check_message(mqd_t queue, const char *text, unsigned priority)
{
	char found[101] = "";
	unsigned got = 0;
	check_is("mq_receive", mq_receive(queue, found, 100, &got), strlen(text));
	check_text("message", found, text);
	check_is("priority", got, priority);
}

static void posix_queue(void)
{
	struct mq_attr found;
	mqd_t queue = open_queue();
	need("mq_send", mq_send(queue, "low", 3, 1));
	need("mq_send", mq_send(queue, "high", 4, 9));
	need("mq_send", mq_send(queue, "low again", 9, 1));
	across();
	if (broken(1))
		check_message(queue, "high", 9);
	if (broken(2))
		need("mq_send", mq_send(queue, "?", 1, 0));
	need("mq_getattr", mq_getattr(queue, &found));
	check_is("messages", found.mq_curmsgs, 3);
	check_is("size of messages", found.mq_msgsize, 100);
	check_message(queue, "high", 9);
	check_message(queue, "low", 1);
	mqd_t again = need("mq_open again", mq_open(queue_name, O_RDWR));
	need("mq_send", mq_send(again, "by name", 7, 1));
	check_message(queue, "low again", 1);
	check_message(queue, "by name", 1);
}

// Told by a signal when a message comes into the empty queue, afterwards.
static void notified(void)
{
	struct sigevent event = { .sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGUSR1, .sigev_value.sival_int = 55 };
	struct timespec limit = { patience, 0 };
	siginfo_t info;
	sigset_t set;
	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	need("sigprocmask", sigprocmask(SIG_BLOCK, &set, NULL));
	mqd_t queue = open_queue();
	need("mq_notify", mq_notify(queue, &event));
	across();
	if (broken(1))
		need("mq_notify", mq_notify(queue, NULL));
	need("mq_send", mq_send(queue, "x", 1, 0));
	int got;
	while ((got = sigtimedwait(&set, &info, &limit)) < 0 && errno == EINTR)
		;
	check_is("signal", got, SIGUSR1);
	if (got == SIGUSR1)
		check_is("value", info.si_value.sival_int, 55);
}

const struct victim ipc_victims[] = {
	{ "sysv-shm", "System V shared memory, by attachment and by key", memory, 0, NULL },
	{ "sysv-shm-gone", "shared memory marked for removal", removed_memory, 0, NULL },
	{ "sysv-sem", "System V semaphores", semaphores, 0, NULL },
	{ "sysv-undo", "semaphore undo", undo, 0, NULL },
	{ "sysv-msg", "a System V message queue with messages", messages, 0, NULL },
	{ "sysv-msg-sender", "who sent to a message queue last", message_sender, 0, NULL },
	{ "mqueue", "a POSIX message queue with messages of priorities", posix_queue, 0, NULL },
	{ "mqueue-notify", "a notification of a POSIX message queue", notified, 0, NULL },
	{ NULL, NULL, NULL, 0, NULL },
};
