package main

import (
	"fmt"

	"github.com/cilium/statedb"

	cmtypes "github.com/cilium/cilium/pkg/clustermesh/types"
	ciliumv2 "github.com/cilium/cilium/pkg/k8s/apis/cilium.io/v2"
	"github.com/cilium/cilium/pkg/labels"
	"github.com/cilium/cilium/pkg/loadbalancer"
	policyk8s "github.com/cilium/cilium/pkg/policy/k8s"
	"github.com/cilium/cilium/pkg/source"

	"cdk8s-cilium-mesh/oracle/common/protocol"
)

// services are the tables that Cilium resolves toServices from.
type services struct {
	db       *statedb.DB
	services statedb.RWTable[*loadbalancer.Service]
	backends statedb.RWTable[*loadbalancer.Backend]
}

func newServices(of []protocol.Service) (*services, error) {
	t := &services{}
	if len(of) == 0 {
		return t, nil
	}
	t.db = statedb.New()
	var err error
	if t.services, err = loadbalancer.NewServicesTable(loadbalancer.Config{}, t.db); err != nil {
		return nil, err
	}
	if t.backends, err = loadbalancer.NewBackendsTable(t.db); err != nil {
		return nil, err
	}
	txn := t.db.WriteTxn(t.services, t.backends)
	defer txn.Commit()
	for _, s := range of {
		if err := t.insert(txn, s); err != nil {
			return nil, fmt.Errorf("service %s/%s: %w", s.Namespace, s.Name, err)
		}
	}
	return t, nil
}

func (t *services) insert(txn statedb.WriteTxn, s protocol.Service) error {
	name := loadbalancer.NewServiceName(or(s.Namespace, "default"), s.Name)
	if _, _, err := t.services.Insert(txn, &loadbalancer.Service{
		Name: name, Source: source.Kubernetes, Selector: s.Selector,
		Labels: labels.Map2Labels(s.Labels, string(source.Kubernetes)),
	}); err != nil {
		return err
	}
	for _, ip := range s.Backends {
		addr, err := cmtypes.ParseAddrCluster(ip)
		if err != nil {
			return err
		}
		// toServices takes the address only.
		if _, _, err := t.backends.Insert(txn, &loadbalancer.Backend{
			ServiceName: name, Source: source.Kubernetes,
			Address: loadbalancer.NewL3n4Addr(loadbalancer.TCP, addr, 80, loadbalancer.ScopeExternal),
		}); err != nil {
			return err
		}
	}
	return nil
}

func (t *services) resolve(cnp *ciliumv2.CiliumNetworkPolicy) {
	if t.db != nil {
		policyk8s.ResolveToServices(t.db.ReadTxn(), t.services, t.backends, cnp)
	}
}
