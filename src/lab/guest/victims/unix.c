// Unix sockets: pairs with what is queued in them, descriptors in flight, listeners, names.

#include "victims.h"

#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>

static int pair[2];
static struct sockaddr_un address = { .sun_family = AF_UNIX };
static socklen_t address_size;

static void make_pair(int type)
{
	need("socketpair", socketpair(AF_UNIX, type | SOCK_CLOEXEC, 0, pair));
}

static void name_abstract(void)
{
	int n = snprintf(address.sun_path + 1, 90, "victims-%s-%d", self->name, getpid());
	address_size = offsetof(struct sockaddr_un, sun_path) + 1 + n;
}

static void name_path(void)
{
	snprintf(address.sun_path, sizeof(address.sun_path), "/tmp/victims-%s-%d", self->name, getpid());
	address_size = sizeof(address);
}

static void remove_path(void)
{
	unlink(address.sun_path);
}

static void say(int fd, const char *text)
{
	need("send", send(fd, text, strlen(text), MSG_NOSIGNAL));
}

static void stream(void)
{
	make_pair(SOCK_STREAM);
	say(pair[0], "queued ");
	say(pair[0], "in two parts");
	say(pair[1], "the other way");
	across();
	if (broken(1))
		say(pair[0], "?");
	if (broken(2))
		need("recv", recv(pair[0], &(char){ 0 }, 1, 0));
	check_reads("stream", pair[1], "queued in two parts");
	check_reads("stream back", pair[0], "the other way");
	say(pair[0], "on");
	check_reads("stream afterwards", pair[1], "on");
	close(pair[0]);
	check_is("end of file", read(pair[1], &(char){ 0 }, 1), 0);
}

// Messages keep their bounds, an empty one too.
static void messages(int type, int empty)
{
	char found[100];
	make_pair(type);
	nonblocking(pair[1]);
	say(pair[0], "one");
	if (empty)
		say(pair[0], "");
	say(pair[0], "three");
	across();
	if (broken(1))
		need("recv", recv(pair[1], found, 100, 0));
	if (broken(2))
		say(pair[0], "four");
	check_is("first", recv(pair[1], found, 100, 0), 3);
	check_bytes("first", found, "one", 3);
	if (empty)
		check_is("second", recv(pair[1], found, 100, 0), 0);
	check_is("third", recv(pair[1], found, 100, 0), 5);
	check_bytes("third", found, "three", 5);
	check_error("no more", recv(pair[1], found, 100, 0), EAGAIN);
	say(pair[1], "back");
	check_is("back", recv(pair[0], found, 100, 0), 4);
}

static void datagrams(void)
{
	messages(SOCK_DGRAM, 1);
}

static void packets(void)
{
	messages(SOCK_SEQPACKET, 0);
}

// --- descriptors in flight

union control {
	struct cmsghdr header;
	char room[CMSG_SPACE(2 * sizeof(int))];
};

static void pass(int socket, int one, int other)
{
	char byte = 'p';
	union control control;
	struct iovec part = { &byte, 1 };
	struct msghdr message = { .msg_iov = &part, .msg_iovlen = 1, .msg_control = &control,
				  .msg_controllen = sizeof(control) };
	memset(&control, 0, sizeof(control));
	control.header = (struct cmsghdr){ CMSG_LEN(2 * sizeof(int)), SOL_SOCKET, SCM_RIGHTS };
	memcpy(CMSG_DATA(&control.header), (int[]){ one, other }, 2 * sizeof(int));
	need("sendmsg", sendmsg(socket, &message, 0));
}

static int take(int socket, int *fds)
{
	char byte = 0;
	union control control;
	struct iovec part = { &byte, 1 };
	struct msghdr message = { .msg_iov = &part, .msg_iovlen = 1, .msg_control = &control,
				  .msg_controllen = sizeof(control) };
	memset(&control, 0, sizeof(control));
	check_is("recvmsg", recvmsg(socket, &message, MSG_DONTWAIT), 1);
	check_is("byte", byte, 'p');
	struct cmsghdr *header = CMSG_FIRSTHDR(&message);
	if (!header || header->cmsg_type != SCM_RIGHTS || header->cmsg_len != CMSG_LEN(2 * sizeof(int))) {
		check(0, "no descriptors came");
		return 0;
	}
	memcpy(fds, CMSG_DATA(header), 2 * sizeof(int));
	return 1;
}

// Nobody has them open but the message: a file with an offset, and a pipe's only reader.
static void in_flight(void)
{
	int ends[2], fds[2] = { -1, -1 };
	make_pair(SOCK_STREAM);
	int file = work_file("passed", 100, 1);
	need("lseek", lseek(file, 33, SEEK_SET));
	need("pipe", pipe2(ends, O_CLOEXEC));
	need("write", write(ends[1], "in the pipe", 11));
	pass(pair[0], file, ends[0]);
	close(file);
	close(ends[0]);
	across();
	if (broken(1))
		need("recv", recv(pair[1], &(char){ 0 }, 1, 0));
	if (!take(pair[1], fds))
		return;
	if (broken(2))
		need("lseek", lseek(fds[0], 34, SEEK_SET));
	check_is("offset of the file passed", lseek(fds[0], 0, SEEK_CUR), 33);
	check_reads("pipe passed", fds[1], "in the pipe");
	close(fds[1]);
	signal(SIGPIPE, SIG_IGN);
	check_error("write to the pipe without reader", write(ends[1], "x", 1), EPIPE);
}

// --- listeners

static int listener;

static void listening(int type)
{
	listener = need("socket", socket(AF_UNIX, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
	need("bind", bind(listener, (struct sockaddr *)&address, address_size));
	need("listen", listen(listener, 7));
}

static int connected(void)
{
	int fd = need("socket", socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
	need("connect", connect(fd, (struct sockaddr *)&address, address_size));
	return fd;
}

static void check_connection(const char *what)
{
	int client = connected();
	int server = need(what, accept(listener, NULL, NULL));
	say(client, "to the server");
	check_reads(what, server, "to the server");
	say(server, "to the client");
	check_reads(what, client, "to the client");
	close(client);
	close(server);
}

static void by_path(void)
{
	struct sockaddr_un found;
	socklen_t size = sizeof(found);
	name_path();
	at_verdict = remove_path;
	listening(SOCK_STREAM);
	across();
	if (broken(1))
		close(listener);
	if (broken(2))
		unlink(address.sun_path);
	check_connection("a new connection");
	need("getsockname", getsockname(listener, (struct sockaddr *)&found, &size));
	check_text("name", found.sun_path, address.sun_path);
}

static void by_abstract_name(void)
{
	name_abstract();
	listening(SOCK_STREAM);
	int client = connected(), server = need("accept", accept4(listener, NULL, NULL, SOCK_CLOEXEC));
	say(client, "queued");
	across();
	if (broken(1))
		close(listener);
	if (broken(2))
		say(client, "?");
	check_reads("an old connection", server, "queued");
	check_connection("a new connection");
}

// Connected and not accepted yet, with words sent already.
static void pending(void)
{
	name_abstract();
	listening(SOCK_STREAM);
	int first = connected(), second = connected();
	say(first, "first");
	say(second, "second");
	across();
	if (broken(1))
		close(need("accept", accept(listener, NULL, NULL)));
	if (broken(2))
		say(second, "?");
	int server = need("accept", accept(listener, NULL, NULL));
	check_reads("first", server, "first");
	say(server, "answer");
	check_reads("answer", first, "answer");
	server = need("accept", accept(listener, NULL, NULL));
	check_reads("second", server, "second");
	check_error("no third", accept(listener, NULL, NULL), EAGAIN);
}

// Datagram sockets with names: who sent is told.
static void named_datagrams(void)
{
	struct sockaddr_un from = { .sun_family = 0 };
	socklen_t size = sizeof(from);
	char found[20];
	name_abstract();
	int receiver = need("socket", socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
	need("bind", bind(receiver, (struct sockaddr *)&address, address_size));
	struct sockaddr_un own = address;
	own.sun_path[1] = 'V';
	int sender = need("socket", socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
	need("bind", bind(sender, (struct sockaddr *)&own, address_size));
	need("sendto", sendto(sender, "queued", 6, 0, (struct sockaddr *)&address, address_size));
	across();
	if (broken(1)) {
		need("recv", recv(receiver, found, 20, 0));
		need("sendto", sendto(receiver, "queued", 6, 0, (struct sockaddr *)&address, address_size));
	}
	check_is("recvfrom", recvfrom(receiver, found, 20, 0, (struct sockaddr *)&from, &size), 6);
	check_is("size of the sender's name", size, address_size);
	check_bytes("sender", &from, &own, address_size);
	need("sendto", sendto(sender, "later", 5, 0, (struct sockaddr *)&address, address_size));
	check_is("recv afterwards", recv(receiver, found, 20, 0), 5);
}

static void half_closed(void)
{
	make_pair(SOCK_STREAM);
	say(pair[0], "last words");
	need("shutdown", shutdown(pair[0], SHUT_WR));
	across();
	if (broken(1))
		need("shutdown", shutdown(pair[0], SHUT_RD));
	char found[20] = "";
	need("read", read(pair[1], found, sizeof(found)));
	check_text("last words", found, "last words");
	check_is("end of file", read(pair[1], found, 1), 0);
	check_error("send after shutdown", send(pair[0], "x", 1, MSG_NOSIGNAL), EPIPE);
	say(pair[1], "back");
	check_reads("the other way", pair[0], "back");
}

static int option(int fd, int name)
{
	int value = -1;
	socklen_t size = sizeof(value);
	need("getsockopt", getsockopt(fd, SOL_SOCKET, name, &value, &size));
	return value;
}

static void set(int fd, int name, int value)
{
	need("setsockopt", setsockopt(fd, SOL_SOCKET, name, &value, sizeof(value)));
}

static void options(void)
{
	struct ucred peer = { 0, 0, 0 };
	socklen_t size = sizeof(peer);
	make_pair(SOCK_STREAM);
	set(pair[0], SO_RCVBUF, 30000);
	set(pair[0], SO_SNDBUF, 40000);
	set(pair[1], SO_PASSCRED, 1);
	struct timeval time_out = { 12, 0 }, found = { 0, 0 };
	need("setsockopt", setsockopt(pair[0], SOL_SOCKET, SO_RCVTIMEO, &time_out, sizeof(time_out)));
	across();
	if (broken(1))
		set(pair[0], SO_RCVBUF, 31000);
	if (broken(2))
		set(pair[1], SO_PASSCRED, 0);
	check_is("SO_RCVBUF", option(pair[0], SO_RCVBUF), 60000);
	check_is("SO_SNDBUF", option(pair[0], SO_SNDBUF), 80000);
	check_is("SO_PASSCRED", option(pair[1], SO_PASSCRED), 1);
	check_is("SO_PASSCRED of the other", option(pair[0], SO_PASSCRED), 0);
	size = sizeof(found);
	need("getsockopt", getsockopt(pair[0], SOL_SOCKET, SO_RCVTIMEO, &found, &size));
	check_is("SO_RCVTIMEO", found.tv_sec, 12);
	size = sizeof(peer);
	need("SO_PEERCRED", getsockopt(pair[0], SOL_SOCKET, SO_PEERCRED, &peer, &size));
	check_is("SO_PEERCRED", peer.pid, getpid());
}

const struct victim unix_victims[] = {
	{ "unix-stream", "a stream pair with words queued both ways", stream, 0, NULL },
	{ "unix-dgram", "a datagram pair with messages, an empty one too", datagrams, 0, NULL },
	{ "unix-seqpacket", "a packet pair with messages", packets, 0, NULL },
	{ "unix-fds", "descriptors in a queued message that nobody else has", in_flight, 0, NULL },
	{ "unix-listen", "a listener with a path takes new connections", by_path, 0, NULL },
	{ "unix-abstract", "a listener with an abstract name, and a connection", by_abstract_name, 0, NULL },
	{ "unix-pending", "connections that wait to be accepted", pending, 0, NULL },
	{ "unix-named", "datagrams with the name of who sent them", named_datagrams, 0, NULL },
	{ "unix-half", "a stream closed in one direction", half_closed, 0, NULL },
	{ "unix-options", "buffer sizes, time-outs, credentials of the peer", options, 0, NULL },
	{ NULL, NULL, NULL, 0, NULL },
};
