#!/bin/sh
# Runs run.mjs in a network of its own, with the limit of receive buffers that Linux has by default: where a machine
# allows more, the kernel itself reads ahead as much. As root.
#   bench/read-ahead/in-own-network.sh many-objects --rounds 5
set -eu
cd "$(dirname "$0")"
exec unshare --net sh -c '
  ip link set lo up
  sysctl -qw net.ipv4.tcp_rmem="4096 131072 6291456"
  exec node run.mjs "$@"' sh "$@"
