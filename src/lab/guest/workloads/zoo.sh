#!/bin/sh
# The zoo: what it needs of the machine, and then one process for each kind of thing.
set -eu
mkswap /dev/vdc >/dev/null
swapon /dev/vdc
echo 8 >/proc/sys/vm/nr_hugepages
echo 1 >/sys/kernel/mm/ksm/run
echo 1 >/proc/sys/vm/unprivileged_userfaultfd || true
/otherworld/bin/zoo
