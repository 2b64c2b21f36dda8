# SPDX-License-Identifier: GPL-2.0-only
# What otherworld-arm computes, as a program that runs anywhere: `make -f arm.mk O=FOLDER`.
O ?= .
CC ?= gcc
FLAGS := -std=gnu11 -D_GNU_SOURCE -O1 -g1 -Wall -Wextra -Wno-sign-compare -Werror -fno-omit-frame-pointer
SANITIZE ?= -fsanitize=address,undefined -fno-sanitize-recover=all

SOURCES := arm_test.c $(addprefix ../arm/,digest.c image.c made.c place.c trampoline.S)

$(O)/arm-test: $(SOURCES) ../arm/direct.h
	$(CC) $(FLAGS) $(SANITIZE) -o $@ $(SOURCES)
