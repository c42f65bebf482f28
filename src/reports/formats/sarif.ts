import { Surroundings } from './format';
import { relativeUri } from './place';
import { Diagnostic, Severity } from '../../diagnostics/diagnostic';
import { escapeDirections } from '../../diagnostics/directions';
import { definitionOf, documentOf } from '../../findings/catalogue';
import { findingFile } from '../../findings/finding-file';
import { fingerprints } from '../../findings/fingerprint';
import { JudgedFinding } from '../../findings/judgement';
import { objectName, shortName } from '../diagnostics';
import { Report } from '../report';

/** The public page of the program, and the documentation of the codes below it. */
const PAGE = 'https://github.com/cdk8s-cilium-mesh/cdk8s-cilium-mesh';

/** The base of relative files: the working directory, which services read as the root of the repository. */
const BASE = '%SRCROOT%';

const LEVELS: { readonly [severity in Severity]: string } = { error: 'error', warning: 'warning', info: 'note' };

/** SARIF 2.1.0: for code scanning of GitHub, Azure DevOps and others. */
export function* sarif({ diagnostics, judgement, input }: Report, surroundings: Surroundings): Generator<string> {
  const findings = judgement?.findings ?? [...(diagnostics?.() ?? [])].map((finding): JudgedFinding => ({ finding }));
  const codes = [...new Set(findings.map(({ finding: { code } }) => code))].sort();
  const prints = fingerprints(
    findings.map(({ finding }) => finding),
    surroundings.folder,
  );
  const log = {
    $schema: 'https://json.schemastore.org/sarif-2.1.0.json',
    version: '2.1.0',
    runs: [
      {
        tool: {
          driver: {
            name: 'cilium-mesh',
            version: surroundings.version,
            informationUri: PAGE,
            rules: codes.map(rule),
          },
        },
        ...(input === undefined ? {} : { invocations: [invocation(input)] }),
        columnKind: 'utf16CodeUnits',
        originalUriBaseIds: { [BASE]: { description: { text: 'The working directory of cilium-mesh.' } } },
        results: findings.map(({ finding, accepted }, index) => ({
          ...result(finding, codes.indexOf(finding.code), prints[index], surroundings),
          ...acceptance(accepted, judgement?.baseline !== undefined),
        })),
      },
    ],
  };
  yield `${escapeDirections(JSON.stringify(log, undefined, 2))}\n`;
}

/** What was read, as a note about the run. */
function invocation(input: string) {
  return { executionSuccessful: true, toolExecutionNotifications: [{ level: 'note', message: { text: input } }] };
}

function rule(code: string) {
  const { severity, title, documentation, fix } = definitionOf(code);
  return {
    id: code,
    shortDescription: { text: title },
    fullDescription: { text: documentation },
    help: { text: `${documentation}\n\nTo fix: ${fix}`, markdown: `${documentation}\n\n**To fix:** ${fix}` },
    helpUri: `${PAGE}/blob/main/docs/${documentOf(code)}`,
    defaultConfiguration: { level: LEVELS[severity] },
  };
}

function result(diagnostic: Diagnostic, ruleIndex: number, fingerprint: string, { folder }: Surroundings) {
  const { code, severity, line, message, fix } = diagnostic;
  const file = findingFile(diagnostic);
  const location = {
    ...(file === undefined
      ? {}
      : {
        physicalLocation: {
          artifactLocation: artifactLocation(relativeUri(file, folder)),
          ...(line === undefined ? {} : { region: { startLine: line } }),
        },
      }),
    ...logicalLocations(diagnostic),
  };
  return {
    ruleId: code,
    ruleIndex,
    level: LEVELS[severity],
    message: { text: `${message}\nTo fix: ${fix}` },
    locations: [location],
    ...relatedLocations(diagnostic, folder),
    partialFingerprints: { 'ciliumMesh/v1': fingerprint },
  };
}

/** The construct that wrote the object, and the line of the program that created it. */
function relatedLocations({ construct }: Diagnostic, folder: string) {
  return construct?.file !== undefined
    ? {
      relatedLocations: [
        {
          id: 0,
          message: { text: `created by the construct ${shortName(construct.path)}` },
          physicalLocation: {
            artifactLocation: artifactLocation(relativeUri(construct.file, folder)),
            ...(construct.line === undefined ? {} : { region: { startLine: construct.line } }),
          },
        },
      ],
    }
    : {};
}

/**
 * Why a result does not count: it is suppressed where it is written, or the baseline contains it. With a baseline, each
 * result has a state.
 */
function acceptance(accepted: JudgedFinding['accepted'], hasBaseline: boolean) {
  return {
    ...(hasBaseline ? { baselineState: accepted?.by === 'baseline' ? 'unchanged' : 'new' } : {}),
    ...(accepted?.by === 'ignore' ? { suppressions: [{ kind: 'inSource', justification: accepted.reason }] } : {}),
  };
}

function artifactLocation(uri: string) {
  return uri.startsWith('file:') ? { uri } : { uri, uriBaseId: BASE };
}

/** The object, or the cluster for findings without an object. */
function logicalLocations({ object, cluster, path }: Diagnostic) {
  const place = [...(cluster === undefined ? [] : [shortName(cluster)]), ...(object ? [objectName(object)] : [])];
  return place.length === 0
    ? {}
    : {
      logicalLocations: [
        {
          name: shortName(object?.name ?? cluster!),
          kind: object ? 'resource' : 'module',
          fullyQualifiedName: [...place, ...(path === undefined ? [] : [path])].join('/'),
        },
      ],
    };
}
