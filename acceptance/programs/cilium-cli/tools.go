//go:build tools

package tools

import (
	_ "github.com/cilium/cilium/cilium-cli/cmd/cilium"
	_ "github.com/cilium/cilium/hubble"
)
