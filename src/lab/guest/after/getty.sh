#!/bin/sh
# For ow.getty=: root is let in without a word, for a test to type at the console.
exec /sbin/agetty --autologin root --keep-baud 115200,38400,9600 "$1" vt220
