// An idle client: connects to PORT on 127.0.0.1 (or to a unix socket path), sends the request (\r \n \" \\ as in
// C), waits for the first bytes of an answer, then sleeps with the connection open.
//   client NAME PORT|PATH REQUEST

#define _GNU_SOURCE
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

static int dial(const char *where)
{
	if (where[0] == '/') {
		struct sockaddr_un un = { .sun_family = AF_UNIX };
		int fd = socket(AF_UNIX, SOCK_STREAM, 0);
		strncpy(un.sun_path, where, sizeof(un.sun_path) - 1);
		return connect(fd, (struct sockaddr *)&un, sizeof(un)) < 0 ? -1 : fd;
	}
	struct sockaddr_in in = { .sin_family = AF_INET, .sin_port = htons(atoi(where)) };
	int fd = socket(AF_INET, SOCK_STREAM, 0);
	in.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	return connect(fd, (struct sockaddr *)&in, sizeof(in)) < 0 ? -1 : fd;
}

static size_t unescape(char *text)
{
	char *out = text;
	for (const char *in = text; *in; in++) {
		if (*in == '\\' && in[1]) {
			in++;
			*out++ = *in == 'r' ? '\r' : *in == 'n' ? '\n' : *in;
		} else {
			*out++ = *in;
		}
	}
	return out - text;
}

int main(int argc, char **argv)
{
	char answer[4096];
	if (argc != 4)
		return 2;
	prctl(PR_SET_NAME, argv[1]);
	for (int tries = 0; tries < 100; tries++, usleep(100000)) {
		int fd = dial(argv[2]);
		if (fd < 0)
			continue;
		size_t length = unescape(argv[3]);
		if (write(fd, argv[3], length) != (ssize_t)length || read(fd, answer, sizeof(answer)) <= 0)
			return 1;
		printf("ow: client %s connected to %s\n", argv[1], argv[2]);
		fflush(stdout);
		for (;;)
			pause();
	}
	return 1;
}
