// A stand-in for Hubble Relay: Cilium's observer API for the flows of a file, one JSON object per line, as
// `hubble observe -o jsonpb` writes them. It filters with Hubble's own filters.
//
//	hubble-relay ADDRESS FILE
package main

import (
	"bufio"
	"context"
	"fmt"
	"net"
	"os"

	"google.golang.org/grpc"
	"google.golang.org/protobuf/encoding/protojson"

	flowpb "github.com/cilium/cilium/api/v1/flow"
	observerpb "github.com/cilium/cilium/api/v1/observer"
	v1 "github.com/cilium/cilium/pkg/hubble/api/v1"
	"github.com/cilium/cilium/pkg/hubble/filters"
)

type relay struct {
	observerpb.UnimplementedObserverServer
	file string
}

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "hubble-relay:", err)
		os.Exit(1)
	}
}

func run(args []string) error {
	if len(args) != 2 {
		return fmt.Errorf("usage: hubble-relay ADDRESS FILE")
	}
	listener, err := net.Listen("tcp", args[0])
	if err != nil {
		return err
	}
	server := grpc.NewServer()
	observerpb.RegisterObserverServer(server, &relay{file: args[1]})
	return server.Serve(listener)
}

// Each call reads the file, so a test may change it at any time. It sends all flows and returns, also with --follow.
func (r *relay) GetFlows(request *observerpb.GetFlowsRequest, stream observerpb.Observer_GetFlowsServer) error {
	flows, err := r.flows()
	if err != nil {
		return err
	}
	allow, err := filters.BuildFilterList(stream.Context(), request.GetWhitelist(), filters.DefaultFilters(nil))
	if err != nil {
		return err
	}
	deny, err := filters.BuildFilterList(stream.Context(), request.GetBlacklist(), filters.DefaultFilters(nil))
	if err != nil {
		return err
	}
	var matching []*flowpb.Flow
	for _, flow := range flows {
		since, until := request.GetSince(), request.GetUntil()
		if since != nil && flow.GetTime().AsTime().Before(since.AsTime()) || until != nil && flow.GetTime().AsTime().After(until.AsTime()) {
			continue
		}
		if filters.Apply(allow, deny, &v1.Event{Timestamp: flow.GetTime(), Event: flow}) {
			matching = append(matching, flow)
		}
	}
	if number := int(request.GetNumber()); number > 0 && number < len(matching) {
		if request.GetFirst() {
			matching = matching[:number]
		} else {
			matching = matching[len(matching)-number:]
		}
	}
	for _, flow := range matching {
		response := &observerpb.GetFlowsResponse{ResponseTypes: &observerpb.GetFlowsResponse_Flow{Flow: flow}, NodeName: flow.GetNodeName(), Time: flow.GetTime()}
		if err := stream.Send(response); err != nil {
			return err
		}
	}
	return nil
}

func (r *relay) ServerStatus(context.Context, *observerpb.ServerStatusRequest) (*observerpb.ServerStatusResponse, error) {
	flows, err := r.flows()
	if err != nil {
		return nil, err
	}
	count := uint64(len(flows))
	return &observerpb.ServerStatusResponse{NumFlows: count, MaxFlows: count, SeenFlows: count, Version: "stand-in"}, nil
}

func (r *relay) flows() ([]*flowpb.Flow, error) {
	file, err := os.Open(r.file)
	if os.IsNotExist(err) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	defer file.Close()
	var flows []*flowpb.Flow
	scanner := bufio.NewScanner(file)
	scanner.Buffer(nil, 1<<20)
	for line := 1; scanner.Scan(); line++ {
		var flow flowpb.Flow
		if err := protojson.Unmarshal(scanner.Bytes(), &flow); err != nil {
			return nil, fmt.Errorf("%s:%d: %w", r.file, line, err)
		}
		flows = append(flows, &flow)
	}
	return flows, scanner.Err()
}
