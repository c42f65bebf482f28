import { gitignore, readme, validation } from './common';
import { Project, ProjectCluster, ProjectFiles } from './project';
import { VERSIONS } from './versions';
import { workflow } from './workflow';

/** A repository in TypeScript: tests run in Node.js' own runner. */
export function typescriptFiles(project: Project): ProjectFiles {
  return new Map([
    ['.github/workflows/mesh.yaml', workflow(project.language)],
    ['.gitignore', gitignore(['/node_modules/'])],
    ['README.md', readme(project, COMMANDS)],
    ['cdk8s.yaml', `language: typescript\napp: npx tsx main.ts\n${validation('./node_modules/cdk8s-cilium-mesh', '0.0.0')}`],
    ['main.ts', MAIN],
    ['mesh.test.ts', tests(project)],
    ['mesh.ts', mesh(project)],
    ['package.json', `${JSON.stringify(packageJson(project), null, 2)}\n`],
    ['tsconfig.json', `${JSON.stringify(TSCONFIG, null, 2)}\n`],
  ]);
}

const COMMANDS = {
  install: 'npm install',
  test: 'npm test',
  synth: 'npm run synth',
  program: 'npx cilium-mesh',
  commit: 'Commit package-lock.json, which `npm install` writes: the workflow installs what it names.',
  describes: 'mesh.ts',
  tests: 'mesh.test.ts',
};

const MAIN = `import { createMesh } from './mesh';

createMesh().synth();
`;

const TSCONFIG = {
  compilerOptions: {
    target: 'es2022',
    module: 'commonjs',
    moduleResolution: 'bundler',
    types: ['node'],
    strict: true,
    noEmit: true,
    skipLibCheck: true,
  },
};

function packageJson({ name, version }: Project): object {
  return {
    name: packageName(name),
    private: true,
    scripts: {
      test: 'tsc && node --import tsx --test mesh.test.ts',
      synth: 'cdk8s synth --check-upgrade false',
    },
    dependencies: {
      'cdk8s': VERSIONS.cdk8s,
      'cdk8s-cilium-mesh': `^${version}`,
      'constructs': VERSIONS.constructs,
    },
    devDependencies: {
      '@types/node': VERSIONS['@types/node'],
      'cdk8s-cli': VERSIONS['cdk8s-cli'],
      'tsx': VERSIONS.tsx,
      'typescript': VERSIONS.typescript,
    },
  };
}

/** A folder may have a name that npm refuses. */
function packageName(folder: string): string {
  return folder.toLowerCase().replace(/[^a-z0-9.-]+/g, '-').replace(/^[.-]+|[.-]+$/g, '').slice(0, 200) || 'mesh';
}

function clusterLine({ name, id, podCidr, context }: ProjectCluster): string {
  const of = context === undefined ? '' : `, context: '${context.replace(/[\\']/g, '\\$&')}'`;
  return `      { name: '${name}', id: ${id}, podCidrs: ['${podCidr}']${of} },\n`;
}

function mesh({ clusters }: Project): string {
  return `import { ClusterMesh, DefaultDenyPolicy, GlobalService, Workload } from 'cdk8s-cilium-mesh';

/** The clusters, and who can reach whom. */
export function createMesh(): ClusterMesh {
  const mesh = new ClusterMesh({
    clusters: [
      // write the ID and the networks of each cluster here
${clusters.map(clusterLine).join('')}    ],
  });

  // pods that others deploy: the cart in all clusters, the shop in ${clusters[0].name} only
  const cart = new Workload(mesh, 'cart', { labels: { app: 'cart' }, namespace: 'shop' });
  const shop = new Workload(mesh, 'shop', {
    labels: { app: 'shop' },
    namespace: 'shop',
    clusters: [mesh.cluster('${clusters[0].name}')],
  });

  // one Service of the same name in all clusters, balanced over the pods of all of them
  const service = new GlobalService(mesh, 'cart-service', {
    name: 'cart',
    namespace: 'shop',
    workload: cart,
    ports: [{ port: 80, targetPort: 8080 }],
  });

  // deny everything that no policy allows, except DNS
  new DefaultDenyPolicy(mesh, 'default-deny', { namespace: 'shop' });
  shop.connections.allowTo(service);
  return mesh;
}
`;
}

function tests({ clusters: [first, second] }: Project): string {
  return `import { test } from 'node:test';
import { assertAllows, assertDenies, assertNoFindings } from 'cdk8s-cilium-mesh/assert';
import { createMesh } from './mesh';

const mesh = createMesh();

test('the shop reaches the cart in all clusters', () => {
  assertAllows(mesh, 'shop/shop@${first.name}', 'svc/shop/cart');
  assertAllows(mesh, 'shop/shop@${first.name}', 'shop/cart@*');
});

test('nothing else reaches anything', () => {
  assertDenies(mesh, 'shop/cart@*', 'shop/shop@*', { port: 'all' });
  assertDenies(mesh, 'shop/cart@${first.name}', 'shop/cart@${second.name}', { port: 'all' });
  assertDenies(mesh, 'shop/shop@${first.name}', 'world:192.0.2.1', { port: 'TCP/443' });
});

test('the manifests have no mistakes', () => {
  assertNoFindings(mesh);
});
`;
}
