import io.github.cdk8sciliummesh.Affinity;
import io.github.cdk8sciliummesh.AllowOptions;
import io.github.cdk8sciliummesh.CidrOptions;
import io.github.cdk8sciliummesh.Cluster;
import io.github.cdk8sciliummesh.ClusterMesh;
import io.github.cdk8sciliummesh.ClusterMeshProps;
import io.github.cdk8sciliummesh.ClusterPatch;
import io.github.cdk8sciliummesh.ClusterProps;
import io.github.cdk8sciliummesh.ClusterSettings;
import io.github.cdk8sciliummesh.Connectivity;
import io.github.cdk8sciliummesh.CrossClusterAllow;
import io.github.cdk8sciliummesh.CrossClusterDeny;
import io.github.cdk8sciliummesh.DefaultDenyPolicy;
import io.github.cdk8sciliummesh.DnsAccess;
import io.github.cdk8sciliummesh.Entity;
import io.github.cdk8sciliummesh.Fault;
import io.github.cdk8sciliummesh.Finding;
import io.github.cdk8sciliummesh.FlowQuestion;
import io.github.cdk8sciliummesh.GlobalService;
import io.github.cdk8sciliummesh.GlobalServiceSettings;
import io.github.cdk8sciliummesh.HttpRule;
import io.github.cdk8sciliummesh.Hubble;
import io.github.cdk8sciliummesh.IpamMode;
import io.github.cdk8sciliummesh.KindCluster;
import io.github.cdk8sciliummesh.KindPortMapping;
import io.github.cdk8sciliummesh.LabelExpression;
import io.github.cdk8sciliummesh.MeshNamespace;
import io.github.cdk8sciliummesh.PatchStage;
import io.github.cdk8sciliummesh.Peer;
import io.github.cdk8sciliummesh.Port;
import io.github.cdk8sciliummesh.Protocol;
import io.github.cdk8sciliummesh.RebelBaseApp;
import io.github.cdk8sciliummesh.RebelBaseAppSettings;
import io.github.cdk8sciliummesh.Selector;
import io.github.cdk8sciliummesh.SelectorProps;
import io.github.cdk8sciliummesh.ServicePort;
import io.github.cdk8sciliummesh.Workload;
import io.github.cdk8sciliummesh.cilium.CiliumCidrGroup;
import io.github.cdk8sciliummesh.cilium.CiliumCidrGroupSpec;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.cdk8s.ApiObject;
import org.cdk8s.ApiObjectMetadata;
import org.cdk8s.JsonPatch;
import software.constructs.Construct;

/** The mesh that test/consumers describes in each language; tools/consumer/languages.sh compares what they write. */
public class Lab {
  /** The clients of the lab, in all clusters: Deployments of the app, and the pods that policies refer to. */
  static class XWing extends Construct {
    final Workload workload;

    XWing(Construct scope, String id) {
      super(scope, id);
      Map<String, String> labels = Map.of("name", id);
      // the order of Map.of differs from run to run, and patches keep theirs
      Map<String, String> container = new TreeMap<>(Map.of("image", "docker.io/cilium/json-mock:1.2", "name", id));
      for (Cluster cluster : ClusterMesh.enclosing(this).getClusters()) {
        ApiObject deployment = ApiObject.Builder.create(cluster.scopeFor(this), "deployment")
            .apiVersion("apps/v1")
            .kind("Deployment")
            .metadata(ApiObjectMetadata.builder().name(id).build())
            .build();
        Map<String, Object> template = new TreeMap<>(
            Map.of("metadata", Map.of("labels", labels), "spec", Map.of("containers", List.of(container))));
        deployment.addJsonPatch(JsonPatch.add(
            "/spec",
            new TreeMap<>(Map.of("replicas", 2, "selector", Map.of("matchLabels", labels), "template", template))));
      }
      workload = Workload.Builder.create(this, "pods").name(id).labels(labels).build();
    }
  }

  /** A construct of the app: pods of one application behind a service, which a list of others may reach. */
  static class Shop extends Construct {
    final Workload workload;
    final GlobalService service;

    Shop(Construct scope, String id, List<Workload> clients) {
      super(scope, id);
      workload = Workload.Builder.create(this, "pods").name(id).namespace("shop").labels(Map.of("app", id)).build();
      service = GlobalService.Builder.create(this, "service")
          .name(id)
          .namespace("shop")
          .workload(workload)
          .ports(List.of(ServicePort.builder().port(80).targetPort(8080).protocol(Protocol.TCP).build()))
          .annotations(Map.of("example.org/owner", "shop"))
          .perCluster(Map.of("tion", GlobalServiceSettings.builder().affinity(Affinity.REMOTE).build()))
          .build();
      List<HttpRule> http = List.of(HttpRule.builder().method("GET").path("/v1/.*").build());
      for (Workload client : clients) {
        client.getConnections().allowTo(service, null, AllowOptions.builder().http(http).build());
      }
    }
  }

  static ClusterMeshProps props(int tionId) {
    KindPortMapping mapping = KindPortMapping.builder().containerPort(31234).hostPort(31234).build();
    return ClusterMeshProps.builder()
        .defaults(ClusterSettings.builder()
            .ipamMode(IpamMode.KUBERNETES)
            .helmValues(Map.of("debug", Map.of("enabled", true)))
            .build())
        .clusters(List.of(
            ClusterProps.builder()
                .name("koornacht")
                .id(1)
                .podCidrs(List.of("10.1.0.0/16"))
                .serviceCidrs(List.of("172.20.1.0/24"))
                .kind(KindCluster.builder().portMappings(List.of(mapping)).build())
                .hubble(Hubble.builder().ui(true).relayNodePort(31234).build())
                .build(),
            ClusterProps.builder()
                .name("tion")
                .id(tionId)
                .podCidrs(List.of("10.2.0.0/16"))
                .serviceCidrs(List.of("172.20.2.0/24"))
                .kind(KindCluster.builder().build())
                .build()))
        .build();
  }

  static List<String> lines(List<Fault> faults) {
    return faults.stream()
        .map(each -> each.getCode() + " at " + each.getPath() + ": " + each.getGot() + "; " + each.getAllowed() + "; "
            + each.getFix())
        .toList();
  }

  public static void main(String[] args) throws IOException {
    ClusterMesh mesh = new ClusterMesh(props(2));
    Cluster koornacht = mesh.cluster("koornacht");

    // the lab
    RebelBaseApp rebelBase = RebelBaseApp.Builder.create(mesh, "rebel-base")
        .isGlobal(true)
        .perCluster(Map.of(
            "koornacht",
            RebelBaseAppSettings.builder()
                .planet("N'Zoth")
                .replicas(3)
                .shared(false)
                .affinity(Affinity.LOCAL)
                .build(),
            "tion",
            RebelBaseAppSettings.builder().planet("Foran Tutha").build()))
        .build();
    XWing xWing = new XWing(mesh, "x-wing");
    DefaultDenyPolicy.Builder.create(mesh, "default-deny").dns(DnsAccess.UDP).build();
    Workload pilots = xWing.workload.inClusters(koornacht);
    pilots.getConnections()
        .allowTo(rebelBase.getService(), null, AllowOptions.builder().name("x-wing-to-rebel-base").build());

    // a construct of the app
    MeshNamespace.Builder.create(mesh, "shop").labels(Map.of("team", "shop")).build();
    Workload vip = Workload.Builder.create(mesh, "vip")
        .namespace("shop")
        .selector(Selector.of(SelectorProps.builder()
            .labels(Map.of("app", "web"))
            .expressions(List.of(LabelExpression.isIn("tier", List.of("gold", "silver"))))
            .build()))
        .build();
    Shop cart = new Shop(mesh, "cart", List.of(vip));

    // what else policies can say
    cart.workload.getConnections()
        .allowFrom(
            Peer.entity(Entity.INGRESS),
            List.of(Port.tcp(8080)),
            AllowOptions.builder().name("ingress-to-cart").build());
    cart.workload.getConnections()
        .allowInternally(
            List.of(Port.tcp(7946), Port.udp(7946)), AllowOptions.builder().name("cart-gossip").build());
    xWing.workload.getConnections()
        .allowTo(
            Peer.cidr("192.0.2.0/24", CidrOptions.builder().exceptCidrs(List.of("192.0.2.128/25")).build()),
            List.of(Port.tcpRange(8000, 8010)),
            AllowOptions.builder().name("out").build());
    CrossClusterAllow.Builder.create(mesh, "x-wing-to-cart")
        .sources(List.of(xWing.workload))
        .destinations(List.of(cart.service))
        .ports(List.of(Port.tcp(8080)))
        .defaultDenyEgress(false)
        .build();
    CrossClusterDeny.Builder.create(mesh, "no-ssh")
        .sources(List.of(xWing.workload))
        .destinations(List.of(cart.workload))
        .ports(List.of(Port.tcp(22)))
        .build();

    // an object of a CRD of Cilium, and patches of what others own
    CiliumCidrGroup.Builder.create(koornacht, "offices")
        .metadata(ApiObjectMetadata.builder().name("offices").build())
        .spec(CiliumCidrGroupSpec.builder().externalCidRs(List.of("192.0.2.0/24")).build())
        .build();
    Map<String, Object> pod = Map.of("spec", Map.of("nodeSelector", Map.of("io.cilium/aws-node-enabled", "true")));
    koornacht.addPatch(ClusterPatch.builder()
        .kind("DaemonSet")
        .namespace("kube-system")
        .name("aws-node")
        .patch(Map.of("spec", Map.of("template", pod)))
        .stage(PatchStage.BEFORE_INSTALL)
        .build());

    mesh.synth();

    // verdicts
    Connectivity connectivity = Connectivity.of(mesh);
    FlowQuestion ofService = FlowQuestion.builder().port("TCP/80").build();
    FlowQuestion ofPods = FlowQuestion.builder().port("TCP/8080").build();
    List<String> text = new ArrayList<>();
    text.add(connectivity.ask("default/x-wing@koornacht", "svc/shop/cart", ofService).getExplanation());
    text.add(connectivity.ask("default/x-wing@tion", "shop/cart@koornacht", ofPods).getExplanation());
    for (Finding each : connectivity.findings()) {
      text.add(each.getSeverity().name().toLowerCase() + " " + each.getCode() + ": " + each.getMessage());
    }

    // refusals as data: of a mesh that cannot be created, and of one that cannot be written
    text.addAll(lines(ClusterMesh.check(props(1))));
    ClusterMesh wrong = new ClusterMesh(props(2));
    DefaultDenyPolicy.Builder.create(wrong, "default-deny").name("Default Deny").build();
    text.addAll(lines(wrong.faults()));
    Files.writeString(Path.of("answers.txt"), String.join("\n", text) + "\n");
  }
}
