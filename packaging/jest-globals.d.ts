/** Matchers for the `expect` of `@jest/globals`: `import 'cdk8s-cilium-mesh/jest-globals'`. */
import { MeshMatchers } from './testing';

export { meshOf } from './testing';
export type { Balance, FlowOptions, LoadedMesh, MeshOptions, Severity } from './testing';

declare module 'expect' {
  interface Matchers<R extends void | Promise<void>, T = unknown> extends MeshMatchers<R> {}
}
