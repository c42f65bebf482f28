import { CONTAINERS_ELSEWHERE } from './containers';
import { standIns, StandIns } from './stand-ins';

/**
 * One text for docker, kind, cilium and kubectl, as `up` and `down` use them: it remembers in files of `$STATE` which
 * clusters exist, are ready, have Cilium and have an authority. Every command reads its whole input, as the real ones
 * do: under `pipefail`, a writer whose reader ended first fails with status 141.
 */
const TOOL = `
context=""
if [[ "$line" =~ --context\\ ([^ ]*) ]]; then context="\${BASH_REMATCH[1]}"; fi
if [[ "$line" =~ --name\\ ([^ ]*) ]]; then context="kind-\${BASH_REMATCH[1]}"; fi
clusters() { for file in "$STATE"/node-*; do [[ ! -e "$file" ]] || echo "\${file#"$STATE/node-kind-"}"; done; }
[[ "$line" != 'kind create'* || -s "$STATE/node-$context" ]] || echo "id-$RANDOM$RANDOM" > "$STATE/node-$context"
[[ ! -e "$STATE/hook" ]] || . "$STATE/hook"
[[ "$line" != *' -f -' ]] || cat > "$STATE/received-$context"
case "$line" in
  'docker -v') echo 'Docker version 28.3.2, build 578ccf6' ;;
  'docker ps'*) node="$STATE/node-kind-\${line##*cluster=}"; [[ ! -e "$node" ]] || cat "$node" ;;
  'docker info'*) echo '{"ServerVersion":"28.3.2","Name":"elsewhere","CgroupVersion":"2","NCPU":64,"MemTotal":256000000000}' ;;
  'kind version') echo 'kind v0.33.0 go1.26.0 linux/amd64' ;;
  'cilium version --client') echo 'cilium-cli: v0.19.2 compiled with go1.26.2 on linux/amd64' ;;
  'kubectl version --client'*) echo '{"clientVersion": {"gitVersion": "v1.36.3"}}' ;;
  'helm version'*) echo v3.22.0 ;;
  'helm install'*) cat > "$STATE/received-helm" ;;
  'kind get clusters'*) clusters ;;
  'kind create'*) touch "$STATE/ready-$context" ;;
  # its node first: the rest is in the cluster, and gone with it, also if this is killed in between
  'kind delete'*) rm "$STATE/node-$context" && rm -f "$STATE"/*-"$context" ;;
  *'get namespace kube-system'*)
    [[ -e "$STATE/ready-$context" ]] && echo "{\\"apiVersion\\": \\"v1\\", \\"kind\\": \\"Namespace\\", \\"metadata\\": {\\"name\\": \\"kube-system\\", \\"uid\\": \\"uid-of-$context\\"}}" ;;
  *'--all-namespaces -l applyset.kubernetes.io/part-of'*) echo '{"kind": "List", "items": []}' ;;
  *api-resources*) echo 'configmaps cm v1 true ConfigMap' ;;
  *'--dry-run=server -o json'*) cat "$STATE/received-$context" ;;
  *'get deployment clustermesh-apiserver'*)
    [[ ! -e "$STATE/enabled-$context" ]] || echo deployment.apps/clustermesh-apiserver ;;
  'cilium upgrade'*) rm -f "$STATE/release-$context" ;;
  'cilium clustermesh enable'*) touch "$STATE/enabled-$context" ;;
  'cilium clustermesh connect'*) touch "$STATE/connected" ;;
  *readyz*) [[ -e "$STATE/ready-$context" ]] ;;
  *kubeadm-config*)
    number=1; [[ "$context" != kind-tion ]] || number=2
    echo "podSubnet: 10.$number.0.0/16, serviceSubnet: 172.20.$number.0/24" ;;
  *'delete secret'*'status in (pending'*) rm -f "$STATE/pending-$context" ;;
  *'status in (pending'*'-o name'*) [[ ! -e "$STATE/pending-$context" ]] || echo secret/sh.helm.release.v1.cilium.v2 ;;
  *'status in (pending'*) [[ ! -e "$STATE/pending-$context" ]] || cat "$STATE/pending-$context" ;;
  *'status=deployed'*jsonpath*) [[ ! -e "$STATE/release-$context" ]] || cat "$STATE/release-$context" ;;
  *'status=deployed'*) [[ ! -e "$STATE/installed-$context" ]] || echo secret/sh.helm.release.v1.cilium.v1 ;;
  *'create configmap created-by-cilium-mesh'*) touch "$STATE/mark-$context" ;;
  *'get configmap created-by-cilium-mesh'*)
    [[ ! -e "$STATE/mark-$context" ]] || echo configmap/created-by-cilium-mesh ;;
  *'cilium-ca --ignore-not-found'*) [[ ! -e "$STATE/authority-$context" ]] || echo secret/cilium-ca ;;
  *'get secret cilium-ca -o yaml'*) printf 'apiVersion: v1\\ndata:\\n  ca.key: aHVudGVyMi1rZXk=\\nkind: Secret\\n' ;;
  *'create -f -'*) touch "$STATE/authority-$context" ;;
  *jsonpath*ca*) echo certificate ;;
  'cilium install'*) touch "$STATE/installed-$context" ;;
  'cilium clustermesh status --context'*)
    echo 'Cluster Connections:'
    [[ ! -e "$STATE/connected" ]] || clusters | while read -r name; do echo "  - $name: 3/3 configured"; done ;;
esac
`;

/** What `get secret cilium-ca -o yaml` prints, and the key in it. */
export const AUTHORITY = 'apiVersion: v1\ndata:\n  ca.key: aHVudGVyMi1rZXk=\nkind: Secret\n';

/** Stand-ins for the tools of a mesh of kind clusters. */
export function meshTools(): StandIns {
  const tools = standIns({ docker: TOOL, kind: TOOL, cilium: TOOL, kubectl: TOOL, helm: TOOL });
  return { ...tools, env: { ...tools.env, ...CONTAINERS_ELSEWHERE } };
}

/** Commands that change something, without questions and waits. */
export function changes(log: readonly string[]): string[] {
  return log.filter(
    line => !/ get |^docker ps| api-resources |cilium-mesh-lock|--dry-run=server -o json| patch lease |leases.cilium-mesh|^kind get | wait --for=delete | status --context|^\S+ (-v|info|version)/.test(line),
  );
}
