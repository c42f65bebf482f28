import * as fs from 'node:fs';
import * as path from 'node:path';
import { Diagnostic, Severity } from '../diagnostics/diagnostic';
import { didYouMean } from '../diagnostics/did-you-mean';
import { isMap } from '../diagnostics/is-map';
import { formatList, formatValue } from '../diagnostics/texts';
import { readMesh } from '../evaluator/read/mesh';
import { SEVERITIES } from '../findings/configuration-schema';
import { judgeMesh } from '../findings/judge-mesh';
import { countedFindings } from '../findings/judgement';
import { isAtLeast } from '../findings/severities';
import { meshFileBeside, meshFileSources, readMeshFile } from '../manifests/mesh-input';
import { formatSource } from '../manifests/sources/source';

/** Properties of the validation in cdk8s.yaml. */
export interface CiliumMeshValidationProps {
  /**
   * From which severity on `cdk8s synth` fails. Others are printed.
   * @default 'warning'
   */
  readonly failOn?: Severity;
}

/** The used part of what cdk8s-cli hands to a validation. Source: src/plugins/validation.ts, cdk8s-cli 2.207. */
export interface ValidationContext {
  /** The paths of all YAML files below the output folder. */
  readonly manifests: readonly string[];
  readonly report: {
    addViolation(violation: Violation): void;
    submit(status: 'success' | 'failure', metadata?: { readonly [key: string]: string }): void;
  };
}

interface Violation {
  /** The code and the severity of a finding: reports have no severities. */
  readonly ruleName: string;
  readonly recommendation: string;
  readonly fix: string;
  readonly violatingResources: ReadonlyArray<{
    readonly resourceName: string;
    readonly locations: readonly string[];
    readonly manifestPath: string;
  }>;
}

type Report = ValidationContext['report'];
type Fault = Pick<Diagnostic, 'code' | 'severity' | 'message' | 'fix' | 'file' | 'line' | 'object' | 'cluster'>;

const PROPERTIES = ['failOn'];

/**
 * `cilium-mesh check` as a validation of `cdk8s synth`: it checks the mesh whose mesh.yaml is among the manifests.
 *
 *     validations:
 *       - package: ./node_modules/cdk8s-cilium-mesh
 *         version: 0.0.0
 *         class: CiliumMeshValidation
 *         properties: { failOn: error }
 */
export class CiliumMeshValidation {
  private readonly failOn: Severity;

  /** Throws a TypeError for unknown properties and severities. */
  constructor(props: CiliumMeshValidationProps = {}) {
    const unknown = isMap(props) ? Object.keys(props).find(key => !PROPERTIES.includes(key)) : undefined;
    if (unknown !== undefined) {
      throw new TypeError(
        `CiliumMeshValidation: unknown property ${formatValue(unknown)}${didYouMean(unknown, PROPERTIES)}; ` +
          `the properties are ${formatList(PROPERTIES)}`,
      );
    }
    this.failOn = props?.failOn ?? 'warning';
    if (!SEVERITIES.includes(this.failOn)) {
      throw new TypeError(
        `CiliumMeshValidation: failOn must be one of ${formatList(SEVERITIES)}, got ${formatValue(this.failOn)}`,
      );
    }
  }

  /** Adds a violation for each finding. Fails if one is of `failOn` or worse, or if there is no mesh to check. */
  public async validate({ manifests, report }: ValidationContext): Promise<void> {
    const files = meshFilesOf(manifests);
    const faults = files.length === 0 ? [missingMesh(manifests)] : files.flatMap(faultsOf);
    faults.forEach(fault => report.addViolation(violationOf(fault)));
    this.submit(report, faults);
  }

  private submit(report: Report, faults: readonly Fault[]): void {
    const count = (severity: Severity) => String(faults.filter(each => each.severity === severity).length);
    report.submit(faults.some(({ severity }) => isAtLeast(severity, this.failOn)) ? 'failure' : 'success', {
      errors: count('error'),
      warnings: count('warning'),
      info: count('info'),
    });
  }
}

/** The mesh files among the manifests, or beside the output folder if that has a folder for each cluster. */
function meshFilesOf(manifests: readonly string[]): string[] {
  const among = manifests.filter(file => path.basename(file) === 'mesh.yaml');
  const folders = new Set(manifests.map(file => path.dirname(path.dirname(file))));
  const beside = [...folders].map(meshFileBeside).filter(file => fs.existsSync(file));
  return among.length > 0 ? among : beside;
}

function faultsOf(file: string): Fault[] {
  const rendered = meshFileSources(file);
  if (rendered.length > 0) {
    return rendered.map(source => ({
      code: 'source-not-rendered',
      severity: 'error',
      message: `${formatSource(source)} must be rendered before the mesh can be checked`,
      fix: 'run cilium-mesh check, which renders it, or name a folder with its output as the source',
      file,
    }));
  }
  const { input, problems } = readMeshFile(file);
  if (problems.length > 0) {
    return problems;
  }
  return countedFindings(judgeMesh(readMesh(input, {}), input, { configuration: {}, folder: process.cwd() }));
}

function missingMesh(manifests: readonly string[]): Fault {
  return {
    code: 'mesh-missing',
    severity: 'error',
    message: 'no mesh.yaml was written, so there is no mesh to check',
    fix: 'build the program on ClusterMesh, or remove the validation from cdk8s.yaml',
    file: manifests[0],
  };
}

function violationOf({ code, severity, message, fix, file = '', line, object, cluster }: Fault): Violation {
  const name = object
    ? `${object.kind} ${object.namespace === undefined ? '' : `${object.namespace}/`}${object.name}`
    : (cluster ?? path.basename(file));
  const place = `${path.relative('', file)}${line === undefined ? '' : `:${line}`}`;
  return {
    ruleName: `${code} (${severity})`,
    recommendation: message,
    fix,
    violatingResources: [
      {
        // a key of construct-metadata.json
        resourceName: object && cluster !== undefined ? `${name} (${cluster})` : name,
        locations: [place],
        manifestPath: file,
      },
    ],
  };
}
