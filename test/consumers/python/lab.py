"""The mesh that test/consumers describes in each language; tools/consumer/languages.sh compares what they write."""

from collections.abc import Sequence

from cdk8s import ApiObject, ApiObjectMetadata, JsonPatch
from constructs import Construct

from cdk8s_cilium_mesh import (
    Affinity,
    AllowOptions,
    ClusterMesh,
    ClusterProps,
    ClusterSettings,
    Connectivity,
    CrossClusterAllow,
    CrossClusterDeny,
    DefaultDenyPolicy,
    DnsAccess,
    Entity,
    Fault,
    GlobalService,
    GlobalServiceSettings,
    HttpRule,
    Hubble,
    IpamMode,
    KindCluster,
    KindPortMapping,
    LabelExpression,
    MeshNamespace,
    PatchStage,
    Peer,
    Port,
    Protocol,
    RebelBaseApp,
    RebelBaseAppSettings,
    Selector,
    ServicePort,
    Workload,
    cilium,
)


class XWing(Construct):
    """The clients of the lab, in all clusters: Deployments of the app, and the pods that policies refer to."""

    def __init__(self, scope: Construct, id: str) -> None:
        super().__init__(scope, id)
        labels = {"name": id}
        containers = [{"image": "docker.io/cilium/json-mock:1.2", "name": id}]
        for cluster in ClusterMesh.enclosing(self).clusters:
            deployment = ApiObject(
                cluster.scope_for(self),
                "deployment",
                api_version="apps/v1",
                kind="Deployment",
                metadata=ApiObjectMetadata(name=id),
            )
            template = {"metadata": {"labels": labels}, "spec": {"containers": containers}}
            spec = {"replicas": 2, "selector": {"matchLabels": labels}, "template": template}
            deployment.add_json_patch(JsonPatch.add("/spec", spec))
        self.workload = Workload(self, "pods", name=id, labels=labels)


class Shop(Construct):
    """A construct of the app: pods of one application behind a service, which a list of others may reach."""

    def __init__(self, scope: Construct, id: str, clients: Sequence[Workload]) -> None:
        super().__init__(scope, id)
        self.workload = Workload(self, "pods", name=id, namespace="shop", labels={"app": id})
        self.service = GlobalService(
            self,
            "service",
            name=id,
            namespace="shop",
            workload=self.workload,
            ports=[ServicePort(port=80, target_port=8080, protocol=Protocol.TCP)],
            annotations={"example.org/owner": "shop"},
            per_cluster={"tion": GlobalServiceSettings(affinity=Affinity.REMOTE)},
        )
        for client in clients:
            client.connections.allow_to(self.service, None, http=[HttpRule(method="GET", path="/v1/.*")])


def props(tion_id: int) -> dict:
    return {
        "defaults": ClusterSettings(ipam_mode=IpamMode.KUBERNETES, helm_values={"debug": {"enabled": True}}),
        "clusters": [
            ClusterProps(
                name="koornacht",
                id=1,
                pod_cidrs=["10.1.0.0/16"],
                service_cidrs=["172.20.1.0/24"],
                kind=KindCluster(port_mappings=[KindPortMapping(container_port=31234, host_port=31234)]),
                hubble=Hubble(ui=True, relay_node_port=31234),
            ),
            ClusterProps(
                name="tion",
                id=tion_id,
                pod_cidrs=["10.2.0.0/16"],
                service_cidrs=["172.20.2.0/24"],
                kind=KindCluster(),
            ),
        ],
    }


def lines(faults: Sequence[Fault]) -> list[str]:
    return [f"{each.code} at {each.path}: {each.got}; {each.allowed}; {each.fix}" for each in faults]


mesh = ClusterMesh(**props(2))
koornacht = mesh.cluster("koornacht")

# the lab
rebel_base = RebelBaseApp(
    mesh,
    "rebel-base",
    is_global=True,
    per_cluster={
        "koornacht": RebelBaseAppSettings(planet="N'Zoth", replicas=3, shared=False, affinity=Affinity.LOCAL),
        "tion": RebelBaseAppSettings(planet="Foran Tutha"),
    },
)
x_wing = XWing(mesh, "x-wing")
DefaultDenyPolicy(mesh, "default-deny", dns=DnsAccess.UDP)
pilots = x_wing.workload.in_clusters(koornacht)
pilots.connections.allow_to(rebel_base.service, None, name="x-wing-to-rebel-base")

# a construct of the app
MeshNamespace(mesh, "shop", labels={"team": "shop"})
vip = Workload(
    mesh,
    "vip",
    namespace="shop",
    selector=Selector.of(labels={"app": "web"}, expressions=[LabelExpression.is_in("tier", ["gold", "silver"])]),
)
cart = Shop(mesh, "cart", [vip])

# what else policies can say
cart.workload.connections.allow_from(Peer.entity(Entity.INGRESS), [Port.tcp(8080)], name="ingress-to-cart")
cart.workload.connections.allow_internally([Port.tcp(7946), Port.udp(7946)], name="cart-gossip")
x_wing.workload.connections.allow_to(
    Peer.cidr("192.0.2.0/24", except_cidrs=["192.0.2.128/25"]), [Port.tcp_range(8000, 8010)], name="out"
)
CrossClusterAllow(
    mesh,
    "x-wing-to-cart",
    sources=[x_wing.workload],
    destinations=[cart.service],
    ports=[Port.tcp(8080)],
    default_deny_egress=False,
)
CrossClusterDeny(mesh, "no-ssh", sources=[x_wing.workload], destinations=[cart.workload], ports=[Port.tcp(22)])

# an object of a CRD of Cilium, and patches of what others own
cilium.CiliumCidrGroup(
    koornacht,
    "offices",
    metadata={"name": "offices"},
    spec=cilium.CiliumCidrGroupSpec(external_cid_rs=["192.0.2.0/24"]),
)
koornacht.add_patch(
    kind="DaemonSet",
    namespace="kube-system",
    name="aws-node",
    patch={"spec": {"template": {"spec": {"nodeSelector": {"io.cilium/aws-node-enabled": "true"}}}}},
    stage=PatchStage.BEFORE_INSTALL,
)

mesh.synth()

# verdicts
connectivity = Connectivity.of(mesh)
answers = [
    connectivity.ask(source, destination, port=port).explanation
    for source, destination, port in [
        ("default/x-wing@koornacht", "svc/shop/cart", "TCP/80"),
        ("default/x-wing@tion", "shop/cart@koornacht", "TCP/8080"),
    ]
]
findings = [f"{each.severity.value.lower()} {each.code}: {each.message}" for each in connectivity.findings()]

# refusals as data: of a mesh that cannot be created, and of one that cannot be written
refused = ClusterMesh.check(**props(1))
wrong = ClusterMesh(**props(2))
DefaultDenyPolicy(wrong, "default-deny", name="Default Deny")
with open("answers.txt", "w") as file:
    file.write("\n".join([*answers, *findings, *lines(refused), *lines(wrong.faults()), ""]))

# a dictionary in the place of a struct loses keys that are not those of the struct: use the classes
assert AllowOptions(name="x").name == "x"
