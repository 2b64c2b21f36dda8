#!/bin/sh
# The self-checking victims: each has set its state up when this ends, and waits for /otherworld/after/now.
set -eu
echo 1 >/proc/sys/vm/nr_hugepages
mkswap /dev/vdc >/dev/null && swapon /dev/vdc
# A compressed RAM disk, which the victim that wants it swaps on.
if modprobe -q zram num_devices=1 && echo 32M >/sys/block/zram0/disksize && mkswap /dev/zram0 >/dev/null; then
  export VICTIMS_ZRAM=/dev/zram0
fi
/otherworld/bin/victims start-all /root/victims
