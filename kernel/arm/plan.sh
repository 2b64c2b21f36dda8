#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# `plan.sh VMCORE PLAN`: the planner of a crash kernel to which no host gives a plan (ow.planner=, docs/resurrection.md). Needs
# ow, on the PATH or beside this file.
set -eu
PATH=$(dirname "$0"):$PATH
export PATH
# What was found out about this kernel's build while it ran, and V8's code of the planner.
export XDG_CACHE_HOME="${XDG_CACHE_HOME:-/var/cache}"
# The crash kernel's memory is small: collect garbage early rather than grow.
export NODE_OPTIONS='--max-semi-space-size=1'
exec ow plan build "$1" -o "$2" --digests
