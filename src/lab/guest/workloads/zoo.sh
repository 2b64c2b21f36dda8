#!/bin/sh
# The zoo: what it needs of the machine, and then one process for each kind of thing.
set -eu
mount -t securityfs securityfs /sys/kernel/security 2>/dev/null || true
mkswap /dev/vdc >/dev/null
swapon /dev/vdc
# Compressed RAM disks, one for each algorithm that the kernel has; zoo-zram swaps on them.
disk=0
modprobe -q zram num_devices=3 || true
for algorithm in lzo-rle lz4 zstd; do
  settings=/sys/block/zram$disk
  test -e $settings/comp_algorithm || break
  (echo $algorithm >$settings/comp_algorithm && echo 160K >$settings/disksize) 2>/dev/null || continue
  mkswap /dev/zram$disk >/dev/null
  disk=$((disk + 1))
done
echo 8 >/proc/sys/vm/nr_hugepages
echo 1 >/sys/kernel/mm/ksm/run
echo 1 >/proc/sys/vm/unprivileged_userfaultfd || true
/otherworld/bin/zoo
