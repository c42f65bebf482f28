/** Assertions for node:test and any other runner: they throw an AssertionError that says why. */
import { AssertionError } from 'node:assert';
import { Balance } from './balance-statement';
import { FlowOptions } from './flow-statement';
import { Outcome } from './outcome';
import { MeshOptions, STATEMENTS } from './statements';
import { LoadedMesh } from './subject';
import { Severity } from '../diagnostics/diagnostic';

export { meshOf } from './subject';
export { meshSerializer } from './snapshot';
export type { Balance, FlowOptions, LoadedMesh, MeshOptions, Severity };

/**
 * Every flow from `from` to `to` is allowed at both ends. `mesh` is a `ClusterMesh` or `meshOf(path)`; sources and
 * destinations are those of an expectations file: `x-wing@koornacht`, `shop/*`, `svc/shop/cart`, `world:192.0.2.1`.
 */
export function assertAllows(mesh: object, from: string, to: string, options?: FlowOptions): void {
  requireTrue(STATEMENTS.toAllow(mesh, from, to, options), assertAllows);
}

/** Every flow from `from` to `to` is denied at one of its ends. */
export function assertDenies(mesh: object, from: string, to: string, options?: FlowOptions): void {
  requireTrue(STATEMENTS.toDeny(mesh, from, to, options), assertDenies);
}

/** For the clients of each named cluster, new connections to a service are shared between clusters like this. */
export function assertBalances(mesh: object, service: string, balance: Balance, options?: MeshOptions): void {
  requireTrue(STATEMENTS.toBalance(mesh, service, balance, options), assertBalances);
}

/** The mesh is as an expectations file says: its path, or its content. */
export function assertMeets(mesh: object, expectations: string | object, options?: MeshOptions): void {
  requireTrue(STATEMENTS.toMeet(mesh, expectations, options), assertMeets);
}

/** `cilium-mesh check` finds nothing of this severity (by default a warning) or a worse one. */
export function assertNoFindings(mesh: object, least?: Severity, options?: MeshOptions): void {
  requireTrue(STATEMENTS.toHaveNoFindings(mesh, least, options), assertNoFindings);
}

function requireTrue({ pass, message }: Outcome, caller: Function): void {
  if (!pass) {
    throw new AssertionError({ message: message(), stackStartFn: caller });
  }
}
