import { gitignore, readme, validation } from './common';
import { Project, ProjectCluster, ProjectFiles } from './project';
import { workflow } from './workflow';

/** A repository in Python: pytest runs the tests. */
export function pythonFiles(project: Project): ProjectFiles {
  const { language, version } = project;
  return new Map([
    ['.github/workflows/mesh.yaml', workflow(language)],
    ['.gitignore', gitignore(['/.venv/', '__pycache__/', '/.pytest_cache/'])],
    ['README.md', readme(project, COMMANDS)],
    // cdk8s-cli installs the package of the validation itself
    ['cdk8s.yaml', `language: python\napp: python main.py\n${validation('cdk8s-cilium-mesh', version)}`],
    ['main.py', MAIN],
    ['mesh.py', mesh(project)],
    ['requirements.txt', `cdk8s-cilium-mesh==${version}\npytest>=8,<9\n`],
    ['test_mesh.py', tests(project)],
  ]);
}

const COMMANDS = {
  install: 'python -m venv .venv && . .venv/bin/activate && pip install -r requirements.txt',
  test: 'pytest',
  synth: 'python main.py && cilium-mesh check',
  program: 'cilium-mesh',
  commit: 'The package runs Node.js 22 or later, which must be installed beside Python.',
  describes: 'mesh.py',
  tests: 'test_mesh.py',
};

const MAIN = `from mesh import create_mesh

create_mesh().synth()
`;

function clusterLine({ name, id, podCidr, context }: ProjectCluster): string {
  const of = context === undefined ? '' : `, context=${JSON.stringify(context)}`;
  return `            ClusterProps(name="${name}", id=${id}, pod_cidrs=["${podCidr}"]${of}),\n`;
}

function mesh({ clusters }: Project): string {
  return `from cdk8s_cilium_mesh import (
    ClusterMesh,
    ClusterProps,
    DefaultDenyPolicy,
    GlobalService,
    ServicePort,
    Workload,
)


def create_mesh() -> ClusterMesh:
    """The clusters, and who can reach whom."""
    mesh = ClusterMesh(
        clusters=[
            # write the ID and the networks of each cluster here
${clusters.map(clusterLine).join('')}        ],
    )

    # pods that others deploy: the cart in all clusters, the shop in ${clusters[0].name} only
    cart = Workload(mesh, "cart", labels={"app": "cart"}, namespace="shop")
    shop = Workload(
        mesh,
        "shop",
        labels={"app": "shop"},
        namespace="shop",
        clusters=[mesh.cluster("${clusters[0].name}")],
    )

    # one Service of the same name in all clusters, balanced over the pods of all of them
    service = GlobalService(
        mesh,
        "cart-service",
        name="cart",
        namespace="shop",
        workload=cart,
        ports=[ServicePort(port=80, target_port=8080)],
    )

    # deny everything that no policy allows, except DNS
    DefaultDenyPolicy(mesh, "default-deny", namespace="shop")
    shop.connections.allow_to(service)
    return mesh
`;
}

function tests({ clusters: [first, second] }: Project): string {
  return `from cdk8s_cilium_mesh import Connectivity, Verdict

from mesh import create_mesh

connectivity = Connectivity.of(create_mesh())


def test_the_shop_reaches_the_cart_in_all_clusters():
    for destination in ["svc/shop/cart", "shop/cart@*"]:
        answer = connectivity.ask("shop/shop@${first.name}", destination)
        assert answer.verdict == Verdict.ALLOWED, answer.explanation


def test_nothing_else_reaches_anything():
    for source, destination, port in [
        ("shop/cart@*", "shop/shop@*", "all"),
        ("shop/cart@${first.name}", "shop/cart@${second.name}", "all"),
        ("shop/shop@${first.name}", "world:192.0.2.1", "TCP/443"),
    ]:
        answer = connectivity.ask(source, destination, port=port)
        assert answer.verdict == Verdict.DENIED, answer.explanation


def test_the_manifests_have_no_mistakes():
    assert [finding.message for finding in connectivity.findings()] == []
`;
}
