/** Runs a suggested program of constructs in a mesh, and reads what it writes. */
import { Construct } from 'constructs';
import * as ts from 'typescript';
import * as library from '../../../src';
import { ClusterMesh, ClusterProps, IMesh } from '../../../src';
import { EvaluatedMesh } from '../../../src/evaluator/read/mesh';
import { objectsByCluster, temporaryFolder } from '../../support/mesh';

/** The policies that a program writes in a mesh of clusters with the same names and versions. */
export function policiesOfProgram(text: string, { clusters }: EvaluatedMesh): ReadonlyMap<string, any[]> {
  const mesh = new ClusterMesh({
    outdir: temporaryFolder(),
    clusters: clusters.map(
      ({ name, version }, index): ClusterProps => ({
        name,
        id: index + 1,
        // of both families: some recorded clients have addresses of IPv6
        podCidrs: [`10.${index + 1}.0.0/16`, `fd00:${index + 1}::/104`],
        ciliumVersion: VERSIONS[version.minor],
      }),
    ),
  });
  new (suggestedClass(text))(mesh, 'suggested', mesh);
  return objectsByCluster(mesh);
}

const VERSIONS: { readonly [minor: number]: string } = {
  15: '1.15.19',
  16: '1.16.19',
  18: '1.18.8',
  19: '1.19.3',
  20: '1.20.2',
};

/** The class of a program, compiled without its types. */
function suggestedClass(text: string): new (scope: Construct, id: string, mesh: IMesh) => Construct {
  const { outputText, diagnostics } = ts.transpileModule(text, {
    compilerOptions: { module: ts.ModuleKind.CommonJS, target: ts.ScriptTarget.ES2022 },
    reportDiagnostics: true,
  });
  expect(diagnostics).toEqual([]);
  const exported: any = {};
  const modules: { readonly [name: string]: unknown } = { 'cdk8s-cilium-mesh': library, 'constructs': { Construct } };
  // eslint-disable-next-line @typescript-eslint/no-implied-eval -- the program of the suggestion
  new Function('exports', 'require', outputText)(exported, (name: string) => modules[name]);
  return exported.SuggestedPolicies;
}
