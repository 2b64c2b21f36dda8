#!/bin/sh
# Victims that compute without end, more than there are processors, and some that sleep or are in a system call.
set -eu
/otherworld/bin/victims start /root/victims regs-asleep avx-asleep in-read in-handler regs-busy avx-busy floating \
  mix-nearest mix-down mix-up mix-zero mix-avx mix-avx-up mix-calls mix-reads mix-handler mix-threads
