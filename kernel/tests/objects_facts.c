// SPDX-License-Identifier: GPL-2.0-only
/*
 * A line for every open file: what it is by /proc, its status flags and position, its fdinfo, and what can be read from it, read by
 * read: bytes in hexadecimal. Then System V IPC.
 */
#include "objects_facts.h"

#include <asm/termbits.h>
#include <fcntl.h>
#include <linux/un.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/ipc.h>
#include <sys/msg.h>
#include <sys/sem.h>
#include <sys/shm.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#define MOST 65536

static void hex(const char *label, const void *bytes, size_t count)
{
	printf(" %s=", label);
	for (size_t i = 0; i < count; i++)
		printf("%02x", ((const unsigned char *)bytes)[i]);
}

static void print_info(int fd)
{
	char path[64], info[4096];
	int in;
	ssize_t got;

	snprintf(path, sizeof(path), "/proc/self/fdinfo/%d", fd);
	in = open(path, O_RDONLY | O_CLOEXEC);
	got = in < 0 ? 0 : read(in, info, sizeof(info));
	close(in);
	hex("info", info, got > 0 ? got : 0);
}

static void print_link(int fd)
{
	char path[64], link[4096];
	ssize_t length;

	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	length = readlink(path, link, sizeof(link));
	hex("link", link, length > 0 ? length : 0);
}

static void print_reads(int fd)
{
	static char bytes[MOST];

	fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK);
	for (int i = 0; i < 32; i++) {
		ssize_t got = read(fd, bytes, sizeof(bytes));

		if (got < 0)
			break;
		hex("read", bytes, got);
		if (!got && i)
			break;
	}
}

static void print_messages(int fd)
{
	static char bytes[MOST];
	const struct timespec at_once = { 0 };
	unsigned int priority;
	ssize_t got;

	while ((got = syscall(SYS_mq_timedreceive, fd, bytes, sizeof(bytes), &priority, &at_once)) >= 0) {
		printf(" priority=%u", priority);
		hex("read", bytes, got);
	}
}

static void print_contents(int fd)
{
	static char bytes[MOST];
	ssize_t got = pread(fd, bytes, sizeof(bytes), 0);

	if (got >= 0)
		hex("contents", bytes, got);
}

static void print_name(const char *label, int fd, int (*get)(int, struct sockaddr *, socklen_t *))
{
	struct sockaddr_storage address;
	socklen_t bytes = sizeof(address);

	if (get(fd, (struct sockaddr *)&address, &bytes) == 0)
		hex(label, &address, bytes);
}

static int option(int fd, int name)
{
	int value = 0;
	socklen_t bytes = sizeof(value);

	getsockopt(fd, SOL_SOCKET, name, &value, &bytes);
	return value;
}

static void print_received(int fd)
{
	static char bytes[MOST], control[4096];
	struct sockaddr_storage from;

	for (int i = 0; i < 32; i++) {
		struct iovec part = { bytes, sizeof(bytes) };
		struct msghdr message = { &from, sizeof(from), &part, 1, control, sizeof(control), 0 };
		ssize_t got = recvmsg(fd, &message, MSG_DONTWAIT);

		if (got < 0)
			break;
		hex("read", bytes, got);
		if (message.msg_namelen)
			hex("from", &from, message.msg_namelen);
		for (struct cmsghdr *head = CMSG_FIRSTHDR(&message); head; head = CMSG_NXTHDR(&message, head)) {
			if (head->cmsg_type == SCM_CREDENTIALS) {
				const struct ucred *who = (const void *)CMSG_DATA(head);
				printf(" credentials=%d,%d,%d", who->pid, who->uid, who->gid);
			} else if (head->cmsg_type == SCM_RIGHTS) {
				const int *files = (const void *)CMSG_DATA(head);
				for (size_t n = 0; n < (head->cmsg_len - CMSG_LEN(0)) / sizeof(int); n++) {
					print_link(files[n]);
					close(files[n]);
				}
			}
		}
		if (!got && option(fd, SO_TYPE) != SOCK_DGRAM)
			break;
	}
}

/* Whether who looks for the name of a unix socket finds the inode that it is bound to. */
static void print_found(int fd)
{
	struct sockaddr_un name = { 0 };
	socklen_t bytes = sizeof(name);
	struct stat bound, there;
	int inode = ioctl(fd, SIOCUNIXFILE);

	if (inode < 0 || fstat(inode, &bound) < 0 || getsockname(fd, (struct sockaddr *)&name, &bytes) < 0)
		return;
	close(inode);
	printf(" found=%d", stat(name.sun_path, &there) == 0 && there.st_ino == bound.st_ino && there.st_dev == bound.st_dev);
}

static void print_socket(int fd)
{
	struct ucred peer = { 0 };
	socklen_t bytes = sizeof(peer);

	getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &bytes);
	printf(" type=%d domain=%d listens=%d rcvbuf=%d sndbuf=%d peercred=%d,%d,%d passcred=%d keepalive=%d buflock=%d",
	       option(fd, SO_TYPE), option(fd, SO_DOMAIN), option(fd, SO_ACCEPTCONN), option(fd, SO_RCVBUF),
	       option(fd, SO_SNDBUF), peer.pid, peer.uid, peer.gid, option(fd, SO_PASSCRED), option(fd, SO_KEEPALIVE),
	       option(fd, 72 /* SO_BUF_LOCK */));
	print_name("name", fd, getsockname);
	print_name("peer", fd, getpeername);
	print_found(fd);
	print_received(fd);
	fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK);
	while (option(fd, SO_ACCEPTCONN)) {
		int accepted = accept(fd, NULL, NULL);

		if (accepted < 0)
			break;
		printf(" accepted=1");
		print_received(accepted);
		close(accepted);
	}
}

static void print_terminal(int fd)
{
	struct termios2 termios;
	struct {
		unsigned short rows, columns, x, y;
	} size = { 0 };
	int packet = 0, locked = 0, exclusive = 0;

	ioctl(fd, TCGETS2, &termios);
	ioctl(fd, TIOCGWINSZ, &size);
	ioctl(fd, TIOCGPKT, &packet);
	ioctl(fd, TIOCGPTLCK, &locked);
	ioctl(fd, TIOCGEXCL, &exclusive);
	hex("termios", &termios, 17 + 19);
	printf(" window=%dx%d packet=%d locked=%d exclusive=%d", size.rows, size.columns, packet, locked, exclusive);
	print_reads(fd);
}

static void print_file(uint32_t index)
{
	const struct owp_file *file = RECORD(file, FILE, index);
	int fd = ex.file_fd[index];
	struct stat about;

	if (fd < 0)
		return;
	fstat(fd, &about);
	printf("file %u kind=%u flags=%o position=%lld size=%lld mode=%o owner=%d.%d inode=%llu mtime=%lld.%09ld", index, file->kind,
	       fcntl(fd, F_GETFL), (long long)lseek(fd, 0, SEEK_CUR), (long long)about.st_size, about.st_mode, about.st_uid,
	       about.st_gid, (unsigned long long)about.st_ino, (long long)about.st_mtim.tv_sec, about.st_mtim.tv_nsec);
	print_link(fd);
	print_info(fd);
	switch (file->kind) {
	case OWP_FILE_KIND_SOCKET:
		print_socket(fd);
		break;
	case OWP_FILE_KIND_TERMINAL:
		print_terminal(fd);
		break;
	case OWP_FILE_KIND_REGULAR:
	case OWP_FILE_KIND_SHARED_MEMORY:
		print_contents(fd);
		printf(" seals=%x", fcntl(fd, F_GET_SEALS) & 0xff);
		break;
	case OWP_FILE_KIND_PIPE:
	case OWP_FILE_KIND_FIFO:
		printf(" capacity=%d", fcntl(fd, F_GETPIPE_SZ));
		/* fall through */
	case OWP_FILE_KIND_EVENTFD:
	case OWP_FILE_KIND_TIMERFD:
	case OWP_FILE_KIND_INOTIFY:
		print_reads(fd);
		break;
	case OWP_FILE_KIND_MESSAGE_QUEUE:
		print_messages(fd);
		break;
	default:
		break;
	}
	putchar('\n');
}

static void print_permissions(const struct ipc_perm *perm)
{
	printf(" key=%d mode=%o owner=%d.%d creator=%d.%d", perm->__key, perm->mode, perm->uid, perm->gid, perm->cuid,
	       perm->cgid);
}

static void print_ipc(void)
{
	struct shmid_ds shm;
	struct semid_ds sem;
	struct msqid_ds msg;
	struct {
		long type;
		char text[MOST];
	} message;

	for (int id = 0; id < 64; id++) {
		if (shmctl(id, IPC_STAT, &shm) == 0) {
			void *at = shmat(id, NULL, SHM_RDONLY);
			printf("shm %d bytes=%zu creator_pid=%d", id, shm.shm_segsz, shm.shm_cpid);
			print_permissions(&shm.shm_perm);
			hex("contents", at, 64);
			putchar('\n');
			shmdt(at);
		}
		if (semctl(id, 0, IPC_STAT, &sem) == 0) {
			printf("sem %d", id);
			print_permissions(&sem.sem_perm);
			for (unsigned long i = 0; i < sem.sem_nsems; i++)
				printf(" value=%d,%d", semctl(id, i, GETVAL), semctl(id, i, GETPID));
			putchar('\n');
		}
		if (msgctl(id, IPC_STAT, &msg) == 0) {
			printf("msg %d limit=%lu users=%d,%d", id, msg.msg_qbytes, msg.msg_lspid, msg.msg_lrpid);
			print_permissions(&msg.msg_perm);
			for (ssize_t got; (got = msgrcv(id, &message, MOST, 0, IPC_NOWAIT)) >= 0;) {
				printf(" type=%ld", message.type);
				hex("read", message.text, got);
			}
			putchar('\n');
		}
	}
}

/* Whether a master still has another side when the executor lets go of what it made. */
static void print_ends(void)
{
	const struct owp_file *file = RECORD(file, FILE, 0);

	for (uint64_t i = 0; i < OWP_COUNT(&ex.plan, TERMINAL); i++) {
		close(ex.terminal_fd[i]);
		ex.terminal_fd[i] = -1;
	}
	for (uint64_t i = 0; i < OWP_COUNT(&ex.plan, FILE); i++) {
		struct pollfd master = { ex.file_fd[i], POLLIN, 0 };

		if (file[i].kind != OWP_FILE_KIND_TERMINAL || master.fd < 0 ||
		    RECORD(terminal, TERMINAL, file[i].target)->kind != OWP_TERMINAL_KIND_PTY_MASTER)
			continue;
		poll(&master, 1, 0);
		printf("end file %lu %s\n", i, master.revents & POLLHUP ? "closed" : "open");
	}
}

void print_facts(void)
{
	for (uint64_t i = 0; i < OWP_COUNT(&ex.plan, FILE); i++)
		print_file(i);
	print_ipc();
	print_ends();
}
