# SPDX-License-Identifier: GPL-2.0-only
# The executor's operations on objects, as a program that carries them out on any Linux: `make -f objects.mk O=FOLDER`.
O ?= .
CC ?= gcc
FLAGS := -std=gnu11 -D_GNU_SOURCE -O0 -g1 -Wall -Wextra -Wno-sign-compare -Werror -fno-omit-frame-pointer
SANITIZE ?= -fsanitize=address,undefined -fno-sanitize-recover=all

NAMES := operations clock own_descriptors fault copy nameless run_as storage tmpfs memory_objects ipc message_queues message_notify terminals terminal_input pipes inotify inotify_events \
	 events open_files open_terminal locks socket_names socket_options unix_sockets sockets socket_queues finish
SOURCES := objects_test.c objects_facts.c $(NAMES:%=../resurrect/%.c)
HEADERS := $(wildcard *.h ../resurrect/*.h ../plan/*.h ../uapi/*.h)

$(O)/objects-test: $(SOURCES) $(HEADERS)
	$(CC) $(FLAGS) $(SANITIZE) -o $@ $(SOURCES)
