import { Balance, balanceStatement } from './balance-statement';
import { FlowOptions, flowStatement } from './flow-statement';
import { expectationsStatement, findingsStatement } from './mesh-statements';
import { Outcome } from './outcome';
import { subjectOf } from './subject';
import { Severity } from '../diagnostics/diagnostic';
import { didYouMean } from '../diagnostics/did-you-mean';
import { isMap } from '../diagnostics/is-map';
import { formatList, formatValue } from '../diagnostics/texts';

/** Options of statements about a whole mesh. */
export interface MeshOptions extends Pick<FlowOptions, 'cilium'> {}

const MESH_OPTIONS = ['cilium'];
const FLOW_OPTIONS = ['port', 'http', ...MESH_OPTIONS];

/** What can be stated of a mesh: the first parameter is a `ClusterMesh` or `meshOf(path)`. */
export const STATEMENTS = {
  /** Every flow from `from` to `to` is allowed at both ends. */
  toAllow: (mesh: unknown, from: string, to: string, options?: FlowOptions): Outcome =>
    flowStatement(subject(mesh, options, FLOW_OPTIONS), 'allowed', from, to, options ?? {}),

  /** Every flow from `from` to `to` is denied at one of its ends. */
  toDeny: (mesh: unknown, from: string, to: string, options?: FlowOptions): Outcome =>
    flowStatement(subject(mesh, options, FLOW_OPTIONS), 'denied', from, to, options ?? {}),

  /** The shares of a service. */
  toBalance: (mesh: unknown, service: string, balance: Balance, options?: MeshOptions): Outcome =>
    balanceStatement(subject(mesh, options, MESH_OPTIONS), service, balance),

  /** The expectations of a file, or in its form. */
  toMeet: (mesh: unknown, expectations: unknown, options?: MeshOptions): Outcome =>
    expectationsStatement(subject(mesh, options, MESH_OPTIONS), expectations),

  /** No finding of `cilium-mesh check` of this severity or a worse one. */
  toHaveNoFindings: (mesh: unknown, least: Severity = 'warning', options?: MeshOptions): Outcome =>
    findingsStatement(subject(mesh, options, MESH_OPTIONS), least),
};

function subject(mesh: unknown, options: FlowOptions | undefined, known: readonly string[]) {
  if (options !== undefined && !isMap(options)) {
    throw new TypeError(`the options must be such as { ${known[0]}: … }, got ${formatValue(options)}`);
  }
  const unknown = Object.keys(options ?? {}).find(key => !known.includes(key));
  if (unknown !== undefined) {
    throw new TypeError(
      `unknown option ${formatValue(unknown)}${didYouMean(unknown, known)}; the options are ${formatList(known)}`,
    );
  }
  return subjectOf(mesh, options?.cilium);
}
