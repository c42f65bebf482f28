#!/bin/sh
# kwokctl starts all components at once, and kube-controller-manager ends if the API server is not healthy within 10
# seconds (WaitForAPIServer in cmd/kube-controller-manager/app/controllermanager.go, v1.36). A busy machine needs longer.
for argument; do
  case "$argument" in --kubeconfig=*) kubeconfig="${argument#*=}" ;; esac
done
tries=0
# without a kubeconfig, kwokctl asks for the version
while [ -n "$kubeconfig" ] && [ "$tries" -lt 240 ]; do
  kubectl --kubeconfig "$kubeconfig" get --raw /healthz --request-timeout=5s > /dev/null 2>&1 && break
  tries=$((tries + 1))
  sleep 0.5
done
exec kube-controller-manager "$@"
