/* SPDX-License-Identifier: GPL-2.0-only */
/* Between inotify.c and inotify_events.c. */
#ifndef INOTIFY_H
#define INOTIFY_H

#include <sys/inotify.h>

#include "objects.h"

/* A watch must have a bit set; this one is no event. */
#define LOOK_FOR_NOTHING IN_EXCL_UNLINK

/* Watches what `fd` (O_PATH) leads to, or changes what the watch looks for. The watch descriptor, or -errno. */
int watch_inode(int inotify, int fd, uint32_t mask);
/* Makes the kernel tell of the event once more. 0, or -errno: it was not. */
int cause_event(int inotify, int watched_fd, const struct owp_inotify_event *event);

#endif
