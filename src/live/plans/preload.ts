import { command, Command } from './command';
import { renderChart } from './install';
import { InstallSettings } from './install-settings';
import { LiveCluster, LiveMesh } from './live-mesh';
import { Step } from './plan';

/** Container runtimes of kind that images can be loaded from. */
export const IMAGE_PROGRAMS = ['docker', 'podman'] as const;
export type ImageProgram = (typeof IMAGE_PROGRAMS)[number];

/**
 * Values that make the chart use tags instead of digests. A digest does not survive an archive of images, so nodes
 * would pull the loaded images again. These are all images of a mesh in the charts of 1.14 to 1.20.
 */
export const TAGGED: readonly string[] = [
  'image',
  'operator.image',
  'envoy.image',
  'certgen.image',
  'nodeinit.image',
  'clustermesh.apiserver.image',
  'clustermesh.apiserver.etcd.image',
  'hubble.relay.image',
  'hubble.ui.backend.image',
  'hubble.ui.frontend.image',
].map(path => `${path}.useDigest=false`);

/** Seconds for the transfer of all images. */
const TRANSFER = 30 * 60;

/** `clustermesh enable` adds a CronJob, which has its own image. */
const ENABLED = 'clustermesh.apiserver.tls.auto.method=cronJob';

/**
 * Pulls each image once, and loads it into every kind cluster: those of the manifests, and those of Cilium as Helm
 * would install it. Neither program transfers an image that exists already.
 */
export function preloadSteps(
  { clusters }: LiveMesh,
  program: ImageProgram,
  settings: (cluster: LiveCluster) => InstallSettings,
): Step[] {
  const kinds = clusters.filter(cluster => cluster.kind);
  const images = [...new Set(kinds.flatMap(cluster => cluster.images))].sort();
  const pulled =
    images.length === 0
      ? []
      : [
        {
          id: 'mesh/images',
          title: 'pull the images of the manifests',
          change: 'load' as const,
          needs: [],
          commands: [{ ...pullEach(program), stdin: `${images.join('\n')}\n` }],
        },
      ];
  return [
    ...pulled,
    ...kinds.flatMap((cluster, index): Step[] => {
      const { name } = cluster;
      const chart: InstallSettings = settings(cluster);
      const list = listImages(renderChart(cluster, { ...chart, set: [...(chart.set ?? []), ENABLED] }));
      return [
        ...(cluster.images.length === 0
          ? []
          : [
            {
              id: `${name}/images`,
              title: 'load the images of the manifests',
              change: 'load' as const,
              cluster: name,
              needs: [`${name}/exists`, 'mesh/images'],
              commands: [{ ...load(program, name), stdin: `${cluster.images.join('\n')}\n` }],
            },
          ]),
        {
          id: `${name}/cilium-images`,
          title: 'pull and load the images of Cilium',
          change: 'load',
          cluster: name,
          // one cluster after the other: the second one finds the images of the first one
          needs: [`${name}/exists`, ...(index === 0 ? [] : [`${kinds[index - 1].name}/cilium-images`])],
          commands: [
            { ...pullEach(program), input: list },
            { ...load(program, name), input: list },
          ],
        },
      ];
    }),
  ];
}

/** Prints the images that manifests name, one on each line. */
function listImages(manifests: Command): Command {
  const images = { ...command('sed', '-nE', 's/^ *(- )?image: *"?([^" @]+)"?$/\\2/p'), input: manifests };
  return { ...command('sort', '-u'), input: images };
}

/** Pulls the images on its standard input. */
function pullEach(program: ImageProgram): Command {
  const pull = `${program} image inspect "$0" > /dev/null 2>&1 || ${program} pull --quiet "$0"`;
  return { ...command('xargs', '-n1', 'sh', '-c', pull), seconds: TRANSFER };
}

/**
 * Loads the images on its standard input; kind skips those that the nodes have. It reads from docker directly, and from
 * others an archive.
 */
function load(program: ImageProgram, cluster: string): Command {
  if (program === 'docker') {
    return { ...command('xargs', 'kind', 'load', 'docker-image', '--name', cluster), seconds: TRANSFER };
  }
  const script = [
    'archive=$(mktemp)',
    'trap \'rm -f "$archive"\' EXIT',
    `${program} save --quiet --multi-image-archive --output "$archive" "$@"`,
    'kind load image-archive --name "$0" "$archive"',
  ].join(' && ');
  return { ...command('xargs', 'sh', '-c', script, cluster), seconds: TRANSFER };
}
