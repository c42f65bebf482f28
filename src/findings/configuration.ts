import { CONFIGURATION_FILE } from './configuration-schema';
import { FileProblem, fileProblem } from './file-problem';
import { Severity } from '../diagnostics/diagnostic';
import { isMap } from '../diagnostics/is-map';
import { formatPath, Structure, StructureFault, structureFaults } from '../diagnostics/structure';

/** The content of cilium-mesh.yaml; an empty one sets nothing. */
export type Configuration = Partial<Omit<Structure<typeof CONFIGURATION_FILE>, 'apiVersion'>>;

/** A severity that a configuration sets; `off` leaves the findings of a code out. */
export type ConfiguredSeverity = Severity | 'off';

/** Reads the value of a configuration file; all its faults at once. */
export function readConfiguration(value: unknown): {
  readonly configuration: Configuration;
  readonly problems: readonly FileProblem[];
} {
  const written = withOff(value);
  const faults = structureFaults(CONFIGURATION_FILE, written);
  return {
    configuration: faults.length > 0 ? {} : (written as Configuration),
    problems: faults.map(configurationProblem),
  };
}

/** YAML 1.1 reads `off` as false. */
function withOff(value: unknown): unknown {
  if (!isMap(value) || !isMap(value.severities)) {
    return value;
  }
  const severities = Object.entries(value.severities).map(([code, severity]) => [
    code,
    severity === false ? 'off' : severity,
  ]);
  return { ...value, severities: Object.fromEntries(severities) };
}

function configurationProblem(fault: StructureFault): FileProblem {
  const { kind, path, message } = fault;
  return kind === 'unknown' && path[0] === 'severities'
    ? {
      path: formatPath(path),
      message: message.replace('unknown field', 'unknown code'),
      fix: 'correct the code, or remove it; docs/findings.md lists all codes',
    }
    : fileProblem(fault);
}
