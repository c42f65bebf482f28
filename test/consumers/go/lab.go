// The mesh that test/consumers describes in each language; tools/consumer/languages.sh compares what they write.
package main

import (
	"fmt"
	"os"
	"strings"

	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"
	mesh "github.com/cdk8s-cilium-mesh/cdk8s-cilium-mesh-go/cdk8sciliummesh"
	"github.com/cdk8s-cilium-mesh/cdk8s-cilium-mesh-go/cdk8sciliummesh/cilium"
	"github.com/cdk8s-team/cdk8s-core-go/cdk8s/v2"
)

var (
	str  = jsii.String
	strs = jsii.Strings
	flag = jsii.Bool
)

func num(value float64) *float64 { return jsii.Number(value) }

// newXWing creates the clients of the lab, in all clusters: Deployments of the app. It returns the pods that policies
// refer to.
func newXWing(scope constructs.Construct, id string) mesh.Workload {
	this := constructs.NewConstruct(scope, &id)
	labels := map[string]interface{}{"name": id}
	container := map[string]interface{}{"name": id, "image": "docker.io/cilium/json-mock:1.2"}
	for _, cluster := range *mesh.ClusterMesh_Enclosing(this).Clusters() {
		deployment := cdk8s.NewApiObject(cluster.ScopeFor(this), str("deployment"), &cdk8s.ApiObjectProps{
			ApiVersion: str("apps/v1"),
			Kind:       str("Deployment"),
			Metadata:   &cdk8s.ApiObjectMetadata{Name: &id},
		})
		deployment.AddJsonPatch(cdk8s.JsonPatch_Add(str("/spec"), map[string]interface{}{
			"replicas": 2,
			"selector": map[string]interface{}{"matchLabels": labels},
			"template": map[string]interface{}{
				"metadata": map[string]interface{}{"labels": labels},
				"spec":     map[string]interface{}{"containers": []interface{}{container}},
			},
		}))
	}
	return mesh.NewWorkload(this, str("pods"), &mesh.WorkloadProps{Name: &id, Labels: &map[string]*string{"name": &id}})
}

// shop is a construct of the app: pods of one application behind a service, which a list of others may reach.
type shop struct {
	constructs.Construct
	workload mesh.Workload
	service  mesh.GlobalService
}

func newShop(scope constructs.Construct, id string, clients ...mesh.Workload) shop {
	this := constructs.NewConstruct(scope, &id)
	workload := mesh.NewWorkload(this, str("pods"), &mesh.WorkloadProps{
		Name: &id, Namespace: str("shop"), Labels: &map[string]*string{"app": &id},
	})
	service := mesh.NewGlobalService(this, str("service"), &mesh.GlobalServiceProps{
		Name:        &id,
		Namespace:   str("shop"),
		Workload:    workload,
		Ports:       &[]*mesh.ServicePort{{Port: num(80), TargetPort: num(8080), Protocol: mesh.Protocol_TCP}},
		Annotations: &map[string]*string{"example.org/owner": str("shop")},
		PerCluster:  &map[string]*mesh.GlobalServiceSettings{"tion": {Affinity: mesh.Affinity_REMOTE}},
	})
	for _, client := range clients {
		client.Connections().AllowTo(service, nil, &mesh.AllowOptions{
			Http: &[]*mesh.HttpRule{{Method: str("GET"), Path: str("/v1/.*")}},
		})
	}
	return shop{Construct: this, workload: workload, service: service}
}

func props(tionID float64) *mesh.ClusterMeshProps {
	mappings := []*mesh.KindPortMapping{{ContainerPort: num(31234), HostPort: num(31234)}}
	return &mesh.ClusterMeshProps{
		Defaults: &mesh.ClusterSettings{
			IpamMode:   mesh.IpamMode_KUBERNETES,
			HelmValues: &map[string]interface{}{"debug": map[string]interface{}{"enabled": true}},
		},
		Clusters: &[]*mesh.ClusterProps{
			{
				Name:         str("koornacht"),
				Id:           num(1),
				PodCidrs:     strs("10.1.0.0/16"),
				ServiceCidrs: strs("172.20.1.0/24"),
				Kind:         &mesh.KindCluster{PortMappings: &mappings},
				Hubble:       &mesh.Hubble{Ui: flag(true), RelayNodePort: num(31234)},
			},
			{
				Name:         str("tion"),
				Id:           num(tionID),
				PodCidrs:     strs("10.2.0.0/16"),
				ServiceCidrs: strs("172.20.2.0/24"),
				Kind:         &mesh.KindCluster{},
			},
		},
	}
}

func lines(faults *[]*mesh.Fault) []string {
	texts := []string{}
	for _, each := range *faults {
		texts = append(texts, fmt.Sprintf("%s at %s: %s; %s; %s",
			*each.Code, *each.Path, *each.Got, *each.Allowed, *each.Fix))
	}
	return texts
}

func main() {
	defer jsii.Close()
	app := mesh.NewClusterMesh(props(2))
	koornacht := app.Cluster(str("koornacht"))

	// the lab
	rebelBase := mesh.NewRebelBaseApp(app, str("rebel-base"), &mesh.RebelBaseAppProps{
		IsGlobal: flag(true),
		PerCluster: &map[string]*mesh.RebelBaseAppSettings{
			"koornacht": {
				Planet: str("N'Zoth"), Replicas: num(3), Shared: flag(false), Affinity: mesh.Affinity_LOCAL,
			},
			"tion": {Planet: str("Foran Tutha")},
		},
	})
	xWing := newXWing(app, "x-wing")
	mesh.NewDefaultDenyPolicy(app, str("default-deny"), &mesh.DefaultDenyPolicyProps{Dns: mesh.DnsAccess_UDP})
	pilots := xWing.InClusters(koornacht)
	pilots.Connections().AllowTo(rebelBase.Service(), nil, &mesh.AllowOptions{Name: str("x-wing-to-rebel-base")})

	// a construct of the app
	mesh.NewMeshNamespace(app, str("shop"), &mesh.MeshNamespaceProps{Labels: &map[string]*string{"team": str("shop")}})
	vip := mesh.NewWorkload(app, str("vip"), &mesh.WorkloadProps{
		Namespace: str("shop"),
		Selector: mesh.Selector_Of(&mesh.SelectorProps{
			Labels:      &map[string]*string{"app": str("web")},
			Expressions: &[]mesh.LabelExpression{mesh.LabelExpression_IsIn(str("tier"), strs("gold", "silver"))},
		}),
	})
	cart := newShop(app, "cart", vip)

	// what else policies can say
	cart.workload.Connections().AllowFrom(
		mesh.Peer_Entity(mesh.Entity_INGRESS),
		&[]mesh.Port{mesh.Port_Tcp(num(8080))},
		&mesh.AllowOptions{Name: str("ingress-to-cart")},
	)
	cart.workload.Connections().AllowInternally(
		&[]mesh.Port{mesh.Port_Tcp(num(7946)), mesh.Port_Udp(num(7946))},
		&mesh.AllowOptions{Name: str("cart-gossip")},
	)
	xWing.Connections().AllowTo(
		mesh.Peer_Cidr(str("192.0.2.0/24"), &mesh.CidrOptions{ExceptCidrs: strs("192.0.2.128/25")}),
		&[]mesh.Port{mesh.Port_TcpRange(num(8000), num(8010))},
		&mesh.AllowOptions{Name: str("out")},
	)
	mesh.NewCrossClusterAllow(app, str("x-wing-to-cart"), &mesh.CrossClusterAllowProps{
		Sources:           &[]mesh.IPeer{xWing},
		Destinations:      &[]mesh.IPeer{cart.service},
		Ports:             &[]mesh.Port{mesh.Port_Tcp(num(8080))},
		DefaultDenyEgress: flag(false),
	})
	mesh.NewCrossClusterDeny(app, str("no-ssh"), &mesh.CrossClusterDenyProps{
		Sources:      &[]mesh.IPeer{xWing},
		Destinations: &[]mesh.IPeer{cart.workload},
		Ports:        &[]mesh.Port{mesh.Port_Tcp(num(22))},
	})

	// an object of a CRD of Cilium, and patches of what others own
	cilium.NewCiliumCidrGroup(koornacht, str("offices"), &cilium.CiliumCidrGroupProps{
		Metadata: &cdk8s.ApiObjectMetadata{Name: str("offices")},
		Spec:     &cilium.CiliumCidrGroupSpec{ExternalCidRs: strs("192.0.2.0/24")},
	})
	nodeSelector := map[string]interface{}{"io.cilium/aws-node-enabled": "true"}
	pod := map[string]interface{}{"spec": map[string]interface{}{"nodeSelector": nodeSelector}}
	koornacht.AddPatch(&mesh.ClusterPatch{
		Kind:      str("DaemonSet"),
		Namespace: str("kube-system"),
		Name:      str("aws-node"),
		Patch:     map[string]interface{}{"spec": map[string]interface{}{"template": pod}},
		Stage:     mesh.PatchStage_BEFORE_INSTALL,
	})

	app.Synth()

	// verdicts
	connectivity := mesh.Connectivity_Of(app, nil)
	ofService := &mesh.FlowQuestion{Port: str("TCP/80")}
	ofPods := &mesh.FlowQuestion{Port: str("TCP/8080")}
	text := []string{
		*connectivity.Ask(str("default/x-wing@koornacht"), str("svc/shop/cart"), ofService).Explanation,
		*connectivity.Ask(str("default/x-wing@tion"), str("shop/cart@koornacht"), ofPods).Explanation,
	}
	for _, each := range *connectivity.Findings("") {
		text = append(text, fmt.Sprintf("%s %s: %s", strings.ToLower(string(each.Severity)), *each.Code, *each.Message))
	}

	// refusals as data: of a mesh that cannot be created, and of one that cannot be written
	text = append(text, lines(mesh.ClusterMesh_Check(props(1)))...)
	wrong := mesh.NewClusterMesh(props(2))
	mesh.NewDefaultDenyPolicy(wrong, str("default-deny"), &mesh.DefaultDenyPolicyProps{Name: str("Default Deny")})
	text = append(text, lines(wrong.Faults())...)
	if err := os.WriteFile("answers.txt", []byte(strings.Join(text, "\n")+"\n"), 0o644); err != nil {
		panic(err)
	}
}
