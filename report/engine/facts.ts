import { Sides } from './sides';
import { SETTING_LIST } from '../../src/cilium/settings';
import { CiliumVersion } from '../../src/cilium/version';
import { unknownParts } from '../../src/evaluator/queries/unknown-parts';
import { helmValue } from '../../src/evaluator/rules/shared/helm-values';
import { formatInput, summarizeInput } from '../../src/reports/input-summary';
import { meshNotes } from '../../src/reports/mesh-notes';
import { PackedPage } from '../../src/reports/page/packed-page';
import { Facts, SettingFacts } from '../protocol';

/** What a report is about, that of an unreadable mesh too. */
export function facts(page: PackedPage, sides: Sides | undefined): Facts {
  const { title, version, problems } = page;
  const mesh = sides?.new.mesh;
  return {
    title,
    version,
    arguments: page.arguments,
    sides: sides ? [...(sides.old ? (['old'] as const) : []), 'new', 'supposed'] : [],
    clusters: (mesh?.clusters ?? []).map(({ name, version: cilium, workloads, policies, services }) => ({
      name,
      version: cilium.text,
      workloads: workloads.length,
      policies: policies.length,
      services: services.length,
    })),
    read: {
      ...(sides?.old ? { old: formatInput(summarizeInput(sides.old.mesh)) } : {}),
      new: mesh ? formatInput(summarizeInput(mesh)) : 'The mesh could not be read.',
    },
    notes: mesh ? [...meshNotes(mesh), ...unknownParts(mesh, [])] : [],
    problems: problems.map(problem => ({ severity: 'error', ...problem })),
    ...(page.findings ? { findings: page.findings } : {}),
    hasFlows: sides !== undefined && page.observed !== undefined,
    versions: VERSIONS,
    settings: sides ? settingsOf(sides) : [],
  };
}

const VERSIONS = Array.from({ length: 7 }, (_, index) => `1.${20 - index}`).filter(
  text => CiliumVersion.parse(`${text}.0`) !== undefined,
);

/** Settings that verdicts depend on and that a reader may want to try. */
const TRIED: { readonly [path: string]: Pick<SettingFacts, 'type' | 'values'> } = {
  'policyEnforcementMode': { type: 'text', values: ['default', 'always', 'never'] },
  'clustermesh.policyDefaultLocalCluster': { type: 'boolean' },
  'hostFirewall.enabled': { type: 'boolean' },
  'policyAuditMode': { type: 'boolean' },
  'clustermesh.defaultGlobalNamespace': { type: 'boolean' },
  'clustermesh.enableEndpointSliceSynchronization': { type: 'boolean' },
  'kubeProxyReplacement': { type: 'boolean' },
  'routingMode': { type: 'text', values: ['tunnel', 'native'] },
  'l7Proxy': { type: 'boolean' },
  'localRedirectPolicies.enabled': { type: 'boolean' },
};

function settingsOf({ new: { input } }: Sides): SettingFacts[] {
  const known = new Set(SETTING_LIST.flatMap(([, { helm }]) => helm.map(({ path }) => path)));
  return Object.entries(TRIED)
    .filter(([path]) => known.has(path))
    .map(([path, facts_]) => ({
      path,
      ...facts_,
      current: Object.fromEntries(
        input.clusters.map(({ name, values }) => [name, helmValue(values?.values, path)]),
      ),
    }));
}
