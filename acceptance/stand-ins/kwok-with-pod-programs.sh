#!/bin/sh
# kwok executes what runs in a pod on this machine. The programs of pods come first in its path; one of them, clustermesh-apiserver, is called
# by its absolute path in /usr/bin, so that kwok gets a view of the file system in which they lie there too. Nobody else sees it.
programs="$ACCEPTANCE_ENVIRONMENT/pod-bin"
PATH="$programs:$PATH"
export PATH
[ "$(id -u)" = 0 ] || root=--map-root-user
exec unshare $root --mount --propagation private sh -c '
  mount -t overlay overlay -o "lowerdir=$0:/usr/bin" /usr/bin || exit 1
  exec kwok "$@"
' "$programs" "$@"
