#!/bin/sh
# kwok runs the programs of pods on this machine. They come first in its path. The cilium CLI calls one of them,
# clustermesh-apiserver, by its absolute path in /usr/bin, so kwok gets a private file system with them there too.
programs="$ACCEPTANCE_ENVIRONMENT/pod-bin"
PATH="$programs:$PATH"
export PATH
[ "$(id -u)" = 0 ] || root=--map-root-user
exec unshare $root --mount --propagation private sh -c '
  mount -t overlay overlay -o "lowerdir=$0:/usr/bin" /usr/bin || exit 1
  exec kwok "$@"
' "$programs" "$@"
