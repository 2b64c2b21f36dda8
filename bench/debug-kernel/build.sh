#!/bin/sh
# Builds a kernel that watches itself (KASAN, lockdep, kmemleak, ...), of Debian's sources and the two configurations beside
# this script, into FOLDER/build:
#   bench/debug-kernel/build.sh FOLDER
# SOURCE names another archive of sources, JOBS how many compilers run at once.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
folder=${1:?"usage: $0 FOLDER"}
archive=${SOURCE:-/usr/src/linux-source-6.1.tar.xz}
jobs=${JOBS:-$(nproc)}

packages='linux-source-6.1 gcc make flex bison bc libelf-dev libssl-dev xz-utils'
if [ ! -e "$archive" ]; then
  echo "no $archive: apt-get install $packages" >&2
  exit 4
fi
for each in gcc make flex bison bc xz; do
  command -v $each >/dev/null || { echo "no $each: apt-get install $packages" >&2; exit 4; }
done

mkdir -p "$folder/build"
folder=$(cd "$folder" && pwd)
build=$folder/build
if [ ! -e "$folder/source/Makefile" ]; then
  rm -rf "$folder/source.partial"
  mkdir "$folder/source.partial"
  tar -C "$folder/source.partial" --strip-components=1 -xf "$archive"
  rm -rf "$folder/source"
  mv "$folder/source.partial" "$folder/source"
fi

cat "$here/base.config" "$here/debug.config" >"$build/wanted"
make -s -C "$folder/source" O="$build" KCONFIG_ALLCONFIG="$build/wanted" allnoconfig
# Kconfig drops silently what lacks something that it depends on.
missing=$(grep '^CONFIG_' "$build/wanted" | grep -vxFf "$build/.config" || true)
if [ -n "$missing" ]; then
  echo "the configuration lacks:" $missing >&2
  exit 1
fi
make -s -C "$folder/source" O="$build" -j"$jobs" bzImage modules
echo "$build: $(cat "$build/include/config/kernel.release")"
