import * as path from 'path';

const ROOT = path.join(__dirname, '..');

/** A Go module and the programs built from it. Its go.mod and go.sum pin all versions. */
export interface Module {
  /** Its name in the cache and in the output. */
  readonly name: string;
  readonly folder: string;
  /** Other folders with files of the build, for a module that replaces another by one in this repository. */
  readonly sources?: readonly string[];
  /** Packages by the names of their programs. */
  readonly programs: { readonly [program: string]: string };
  readonly linkerFlags?: readonly string[];
  /** With cgo where there is a C compiler, as `npm run conformance` builds: Go's cache then serves both. */
  readonly cgo?: true;
}

const KUBERNETES = { major: '1', minor: '36', version: 'v1.36.3' };

const moduleOf = (name: string, programs: Module['programs'], linkerFlags: readonly string[] = []): Module => ({
  name,
  folder: path.join(ROOT, 'acceptance', 'programs', name),
  programs,
  linkerFlags,
});

/** All programs in their build order: the longest first, because a failure there then shows early. */
export const MODULES: readonly Module[] = [
  moduleOf(
    'kubernetes',
    {
      'kube-apiserver': 'k8s.io/kubernetes/cmd/kube-apiserver',
      'kube-controller-manager': 'k8s.io/kubernetes/cmd/kube-controller-manager',
      'kube-scheduler': 'k8s.io/kubernetes/cmd/kube-scheduler',
      'kubectl': 'k8s.io/kubernetes/cmd/kubectl',
    },
    [
      // the version that an API server reports; by default v0.0.0, which Helm's charts refuse
      `-X k8s.io/component-base/version.gitVersion=${KUBERNETES.version}`,
      `-X k8s.io/component-base/version.gitMajor=${KUBERNETES.major}`,
      `-X k8s.io/component-base/version.gitMinor=${KUBERNETES.minor}`,
      '-X k8s.io/component-base/version.gitTreeState=clean',
      `-X k8s.io/client-go/pkg/version.gitVersion=${KUBERNETES.version}`,
    ],
  ),
  moduleOf('etcd', { etcd: 'go.etcd.io/etcd/server/v3' }),
  moduleOf('kwok', { kwok: 'sigs.k8s.io/kwok/cmd/kwok', kwokctl: 'sigs.k8s.io/kwok/cmd/kwokctl' }),
  moduleOf('cilium-cli', {
    cilium: 'github.com/cilium/cilium/cilium-cli/cmd/cilium',
    hubble: 'github.com/cilium/cilium/hubble',
  }),
  moduleOf('kind', { kind: 'sigs.k8s.io/kind' }),
  moduleOf('helm', { helm: 'helm.sh/helm/v3/cmd/helm' }),
  moduleOf('certificates', { certificates: '.' }),
  // Cilium's own Parse and Sanitize
  {
    name: 'judge',
    folder: path.join(ROOT, 'oracle', 'v1.20'),
    sources: [path.join(ROOT, 'oracle', 'common')],
    programs: { judge: '.' },
    cgo: true,
  },
  // after the judge, which links most of what it links
  { ...moduleOf('hubble-relay', { 'hubble-relay': '.' }), cgo: true },
];

export { KUBERNETES };
