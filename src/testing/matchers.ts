import { Balance } from './balance-statement';
import { FlowOptions } from './flow-statement';
import { meshSerializer } from './snapshot';
import { MeshOptions, STATEMENTS } from './statements';
import { Severity } from '../diagnostics/diagnostic';

/**
 * Matchers for `expect(mesh)`, where `mesh` is a `ClusterMesh` or `meshOf(path)`. References that select nothing and
 * invalid options throw a TypeError, also behind `.not`.
 */
export interface MeshMatchers<R = void> {
  /**
   * Every flow from `from` to `to` is allowed at both ends. Behind `.not`: at least one is denied.
   *
   * Sources and destinations are those of an expectations file: `x-wing@koornacht`, `shop/*`, `label:app=web@*`,
   * `svc/shop/cart`, `world:192.0.2.1`, `fqdn:example.org`, `entity:host@tion`.
   */
  toAllow(from: string, to: string, options?: FlowOptions): R;

  /** Every flow from `from` to `to` is denied at one of its ends. Behind `.not`: at least one is allowed. */
  toDeny(from: string, to: string, options?: FlowOptions): R;

  /**
   * For the clients of each named cluster, new connections to a service are shared between clusters like this:
   * `{ paris: { paris: 0.5, lyon: 0.5 } }`. Clusters that are left out get none.
   */
  toBalance(service: string, balance: Balance, options?: MeshOptions): R;

  /** The mesh is as an expectations file says: its path, or its content; `apiVersion` may be left out. */
  toMeet(expectations: string | object, options?: MeshOptions): R;

  /**
   * `cilium-mesh check` finds nothing of this severity or a worse one.
   * @default 'warning'
   */
  toHaveNoFindings(least?: Severity, options?: MeshOptions): R;
}

interface Expect {
  extend(matchers: object): void;
  addSnapshotSerializer(serializer: typeof meshSerializer): void;
}

/** Adds the matchers and the serializer to the `expect` of jest or vitest. */
export function extend(expect: Expect): void {
  expect.extend(STATEMENTS);
  expect.addSnapshotSerializer(meshSerializer);
}
