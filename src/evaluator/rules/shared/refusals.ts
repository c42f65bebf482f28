import { EvaluatedCluster, EvaluatedPolicy } from '../../read/cluster';
import { Refusal } from '../../read/policy/field-reader';
import { RuleContext } from '../context';
import { inManifest, Place } from '../rule';

/** A refusal of a policy or CIDR group, with its place. */
export interface RefusalAt {
  readonly at: Place;
  readonly object: 'policy' | 'group';
  /** Path, message and value of the refusal in a sentence. */
  readonly problem: string;
  readonly fix?: string;
  readonly isUnknownField: boolean;
}

/** What one reader refuses in the policies and CIDR groups of the mesh, without what a rule of its own reports. */
export function refusalsOf({ policies }: RuleContext, stage: Refusal['stage']): RefusalAt[] {
  return policies.flatMap(({ cluster, policy }) =>
    policy.refusals
      .filter(refusal => refusal.stage === stage && refusal.reason === undefined)
      .map(refusal => refusalAt(cluster, policy, refusal)),
  );
}

function refusalAt(
  cluster: EvaluatedCluster,
  { manifest }: EvaluatedPolicy,
  { path, message, got, fix, isUnknownField = false }: Refusal,
): RefusalAt {
  return {
    at: inManifest(cluster.name, manifest, path),
    object: manifest.object.kind === 'CiliumCIDRGroup' ? 'group' : 'policy',
    problem: `${path === '' ? '' : `${path}: `}${message}${got === undefined ? '' : ` (got ${got})`}`,
    fix,
    isUnknownField,
  };
}
