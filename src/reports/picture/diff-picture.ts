import { OUTSIDE, Picture, PictureBox, PictureBuilder } from './picture';
import { workloadBox } from './workload-box';
import { isPods } from '../../evaluator/flows/endpoint-classes';
import { DiffEndpoints, MeshDiff } from '../../evaluator/queries/diff/diff';
import { bySeverity } from '../change-severity';
import { DiffGroup } from '../diff-group';
import { endpointNames } from '../endpoint-names';
import { counted } from '../words';

const LEVELS: readonly DiffGroup[] = ['workload', 'namespace', 'cluster'];

/**
 * The changes of flows as a picture. Its boxes are workloads, or namespaces or clusters if that would be too many
 * lines. The changes that matter most come first.
 */
export function diffPicture(diff: MeshDiff, most: number, wanted?: DiffGroup): Picture {
  const levels = wanted === undefined ? LEVELS : [wanted];
  const builders = levels.map(level => ({ level, builder: builderOf(diff, level) }));
  const { level, builder } = builders.find(each => each.builder.size <= most) ?? builders[builders.length - 1];
  return builder.picture(
    'Changes of flows',
    most,
    [
      ...(diff.flows.length === 0 ? ['no flow changes'] : []),
      ...(level === 'workload' || wanted !== undefined ? [] : [`each box is a ${level}: workloads would be too many lines`]),
      ...(diff.services.length === 0
        ? []
        : [`${counted(diff.services.length, 'change')} of the backends of services ${diff.services.length === 1 ? 'is' : 'are'} not drawn`]),
      ...diff.unknown.map(text => `not compared: ${text}`),
    ],
    'choose --group-by namespace or cluster, or list them with --format text',
  );
}

function builderOf(diff: MeshDiff, level: DiffGroup): PictureBuilder {
  const builder = new PictureBuilder();
  const all = diff.endpoints.map(({ endpoints }) => endpoints);
  const boxes = (endpoints: readonly DiffEndpoints[]): PictureBox[] => {
    const classes = endpoints.map(each => each.endpoints);
    const outside = classes.filter(each => !isPods(each));
    return [
      ...unique(
        classes.flatMap(({ workloads, placed = workloads }) => placed.map(workload => workloadBox(workload, level))),
      ),
      ...endpointNames(outside, all, diff.meshAddresses).map(name => ({ id: name, name, frames: [OUTSIDE] })),
    ];
  };
  for (const { change, sources, destinations, ranges } of bySeverity(diff.flows)) {
    const [from, to] = [boxes(sources), boxes(destinations)];
    for (const source of from) {
      for (const destination of to) {
        const isSelf = level === 'workload' && source.id === destination.id;
        if (!isSelf) {
          builder.addLine(source, destination, change, ranges);
        }
      }
    }
  }
  return builder;
}

function unique(boxes: readonly PictureBox[]): PictureBox[] {
  return [...new Map(boxes.map(box => [box.id, box])).values()];
}
