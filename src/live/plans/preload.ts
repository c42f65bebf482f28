import { command, Command } from './command';
import { InstallSettings, rendered } from './install';
import { LiveCluster, LiveMesh } from './live-mesh';
import { Step } from './plan';

/** Programs that kind runs its nodes with, and that images can be loaded from. */
export const IMAGE_PROGRAMS = ['docker', 'podman'] as const;
export type ImageProgram = typeof IMAGE_PROGRAMS[number];

/**
 * Values with which the chart names its images by their tags. A digest does not survive an archive of images, so that nodes would pull again
 * what was loaded. These are all images of a mesh that the charts of 1.14 to 1.20 know.
 */
export const TAGGED: readonly string[] = [
  'image', 'operator.image', 'envoy.image', 'certgen.image', 'nodeinit.image', 'clustermesh.apiserver.image', 'clustermesh.apiserver.etcd.image', 'hubble.relay.image',
  'hubble.ui.backend.image', 'hubble.ui.frontend.image',
].map(path => `${path}.useDigest=false`);

/** How long all images may take. */
const TRANSFER = 30 * 60;

/** What `clustermesh enable` will add: the CronJob has an image of its own. */
const ENABLED = 'clustermesh.apiserver.tls.auto.method=cronJob';

/**
 * Pulls each image once, and loads it into every kind cluster: those of the manifests, and those of Cilium as Helm would install it.
 * What is there already is pulled and loaded again by neither program.
 */
export function preloadSteps({ clusters }: LiveMesh, program: ImageProgram, settings: (cluster: LiveCluster) => InstallSettings): Step[] {
  const kinds = clusters.filter(cluster => cluster.kind);
  const images = [...new Set(kinds.flatMap(cluster => cluster.images))].sort();
  const pulled = images.length === 0 ? [] : [{
    id: 'mesh/images', title: 'pull the images of the manifests', needs: [],
    commands: [{ ...pullEach(program), stdin: `${images.join('\n')}\n` }],
  }];
  return [
    ...pulled,
    ...kinds.flatMap((cluster, index): Step[] => {
      const { name } = cluster;
      const chart: InstallSettings = settings(cluster);
      const list = listed(rendered(cluster, { ...chart, set: [...chart.set ?? [], ENABLED] }));
      return [
        ...cluster.images.length === 0 ? [] : [{
          id: `${name}/images`, title: 'load the images of the manifests', cluster: name, needs: [`${name}/exists`, 'mesh/images'],
          commands: [{ ...load(program, name), stdin: `${cluster.images.join('\n')}\n` }],
        }],
        {
          id: `${name}/cilium-images`, title: 'pull and load the images of Cilium', cluster: name,
          // one cluster after the other: the second one finds what the first one pulled
          needs: [`${name}/exists`, ...index === 0 ? [] : [`${kinds[index - 1].name}/cilium-images`]],
          commands: [{ ...pullEach(program), input: list }, { ...load(program, name), input: list }],
        },
      ];
    }),
  ];
}

/** The images that manifests name, one on each line. */
function listed(manifests: Command): Command {
  return { ...command('sort', '-u'), input: { ...command('sed', '-nE', 's/^ *(- )?image: *"?([^" @]+)"?$/\\2/p'), input: manifests } };
}

/** Pulls the images that it reads. */
function pullEach(program: ImageProgram): Command {
  return { ...command('xargs', '-n1', 'sh', '-c', `${program} image inspect "$0" > /dev/null 2>&1 || ${program} pull --quiet "$0"`), seconds: TRANSFER };
}

/** Loads the images that it reads; kind leaves out what the nodes have. It asks docker alone, and takes an archive from others. */
function load(program: ImageProgram, cluster: string): Command {
  if (program === 'docker') {
    return { ...command('xargs', 'kind', 'load', 'docker-image', '--name', cluster), seconds: TRANSFER };
  }
  const saved = `archive=$(mktemp) && trap 'rm -f "$archive"' EXIT && ${program} save --quiet --multi-image-archive --output "$archive" "$@"`;
  return { ...command('xargs', 'sh', '-c', `${saved} && kind load image-archive --name "$0" "$archive"`, cluster), seconds: TRANSFER };
}
