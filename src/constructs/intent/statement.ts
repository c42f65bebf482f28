import { ApiObject } from 'cdk8s';
import { IConstruct } from 'constructs';
import { DefaultDenyLaw } from './default-deny-law';
import { FlowLaw } from './flow-law';
import { captureStack, Stack } from '../call-site';
import { isInTree } from '../faults';

/** What a construct says, and the policies that it wrote for it. */
export interface Statement {
  readonly construct: IConstruct;
  readonly law: FlowLaw | DefaultDenyLaw;
  readonly policies: readonly ApiObject[];
  /** Where the program wrote it. */
  readonly stack: Stack;
}

/** The statements of each tree of constructs, in the order of the program. */
const STATEMENTS = new WeakMap<IConstruct, Statement[]>();

/** Registers a statement, which `synth()` verifies. */
export function addStatement(statement: Omit<Statement, 'stack'>): void {
  const { root } = statement.construct.node;
  const statements = STATEMENTS.get(root) ?? [];
  statements.push({ ...statement, stack: captureStack() });
  STATEMENTS.set(root, statements);
}

/** The statements of a mesh, without those of constructs that the program removed again. */
export function statementsOf(mesh: IConstruct): readonly Statement[] {
  return (STATEMENTS.get(mesh.node.root) ?? []).filter(
    ({ construct }) => (mesh.node.scope === undefined || construct.node.scopes.includes(mesh)) && isInTree(construct),
  );
}
