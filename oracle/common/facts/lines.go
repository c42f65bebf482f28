package facts

import (
	"bytes"
	"encoding/json"
	"math/rand"
	"strings"
	"testing"

	"cdk8s-cilium-mesh/oracle/common/protocol"
	"cdk8s-cilium-mesh/oracle/common/randcase"
)

// Lines checks that the judge answers each line, valid or not, with one line in
// order, and that it keeps no state between lines.
func Lines(t *testing.T, o randcase.Options, answer protocol.Answer) {
	t.Run("bad lines", func(t *testing.T) { badLines(t, answer) })
	t.Run("damaged lines", func(t *testing.T) { damagedLines(t, o, answer) })
}

const goodLine = `{"clusters":[{"name":"koornacht","id":1}],"endpoints":[{"id":"a","cluster":"koornacht"},{"id":"b","cluster":"koornacht"}],"ports":[{"port":80,"protocol":"TCP"}]}`

func badLines(t *testing.T, answer protocol.Answer) {
	for _, c := range []struct{ line, fatal string }{
		{`nonsense`, "invalid character"},
		{`[]`, "cannot unmarshal array"},
		{`{} {}`, "more than one JSON value"},
		{`{"clutsers":[]}`, "unknown field"},
		{`{"clusters":[{"name":"koornacht","id":1,"policy":[]}]}`, "unknown field"},
		{`{"clusters":[{"name":"koornacht","id":0},{"name":"tion","id":2}]}`, "reserved"},
		{`{"clusters":[{"name":"koornacht","id":1},{"name":"koornacht","id":2}]}`, "there twice"},
		{`{"clusters":[{"name":"koornacht","id":1},{"name":"tion","id":1}]}`, "same id"},
		{`{"clusters":[{"name":"koornacht","id":256}]}`, "256"},
		{`{"clusters":[{"name":"koornacht","id":-1}]}`, "cannot unmarshal number"},
		{`{"clusters":[{"name":"default","id":1}]}`, "default"},
		{`{"config":{"maxConnectedClusters":300},"clusters":[{"name":"koornacht","id":1}]}`, "300"},
		{`{"config":{"enforcement":"sometimes"},"clusters":[{"name":"koornacht","id":1}]}`, "sometimes"},
		{`{"config":{"policyCIDRMatchMode":["pods"]},"clusters":[{"name":"koornacht","id":1}]}`, "pods"},
		{`{"config":{"typo":1},"clusters":[{"name":"koornacht","id":1}]}`, "unknown field"},
		{`{"clusters":[{"name":"koornacht","id":1,"config":{"typo":1}}]}`, "unknown field"},
		{`{"clusters":[{"name":"koornacht","id":1},{"name":"tion","id":2,"config":{"maxConnectedClusters":511}}]}`, "differs"},
		{`{"endpoints":[{"id":"a"}]}`, "needs a cluster"},
		{`{"endpoints":[{"id":"a","cluster":"hoth"}]}`, "unknown cluster"},
		{`{"endpoints":[{"id":"a","entity":"death-star"}]}`, "unknown entity"},
		{`{"endpoints":[{"id":"a","entity":"world"},{"id":"a","entity":"world"}]}`, "there twice"},
		{`{"endpoints":[{"entity":"world"}]}`, "no id"},
		{`{"clusters":[{"name":"koornacht","id":1}],"endpoints":[{"id":"a","ip":"1.2.3"}]}`, "1.2.3"},
		{`{"clusters":[{"name":"koornacht","id":1}],"endpoints":[{"id":"a","ip":"1.2.3.4","labels":{"a":"b"}}]}`, "belong to a pod"},
		{`{"clusters":[{"name":"koornacht","id":1}],"endpoints":[{"id":"a","cluster":"koornacht","namedPorts":{"http":{"port":0,"protocol":"TCP"}}}]}`, "http"},
		{`{"clusters":[{"name":"koornacht","id":1,"services":[{"name":"s","namespace":"d","backends":["x"]}]}]}`, "service d/s"},
		{strings.Replace(goodLine, `"TCP"`, `"TPC"`, 1), "TPC"},
		{strings.Replace(goodLine, `"TCP"`, `"ANY"`, 1), "no protocol of a packet"},
		{strings.Replace(goodLine, `80`, `99999`, 1), "cannot unmarshal number"},
		{strings.Replace(goodLine, `"ports":[{"port":80,"protocol":"TCP"}]`, `"flows":[{"src":"a","dst":"c","port":80,"protocol":"TCP"}]`, 1), "unknown endpoint"},
		{`{"accept":["a"],"clusters":[{"name":"koornacht","id":1}]}`, "must be alone"},
	} {
		// Blank lines are skipped, and the last line may lack its end.
		out := serve(t, c.line+"\n\n  \n"+goodLine, answer)
		if len(out) != 2 {
			t.Fatalf("%s: %d lines instead of 2: %q", c.line, len(out), out)
		}
		var got protocol.Fatal
		if err := json.Unmarshal([]byte(out[0]), &got); err != nil || !strings.Contains(got.Fatal, c.fatal) {
			t.Errorf("%s:\nwant a fatal with %q\n got %s", c.line, c.fatal, out[0])
		}
		if !strings.Contains(out[1], `"verdicts":"uuuu"`) {
			t.Errorf("after %s: %s", c.line, out[1])
		}
	}
}

// damagedLines deletes, doubles and overwrites bytes of good cases.
func damagedLines(t *testing.T, o randcase.Options, answer protocol.Answer) {
	r := rand.New(rand.NewSource(1))
	var in bytes.Buffer
	n := 150
	for range n {
		line, err := json.Marshal(randcase.New(r, o))
		if err != nil {
			t.Fatal(err)
		}
		for range 1 + r.Intn(4) {
			i := r.Intn(len(line) - 1)
			switch r.Intn(3) {
			case 0:
				line = append(line[:i], line[i+1:]...)
			case 1:
				line = append(line[:i+1], line[i:]...)
			case 2:
				line[i] = " {}[]:,\"\\abz09-_#&*!|>%@`\x00\xff"[r.Intn(27)]
			}
		}
		in.Write(bytes.ReplaceAll(line, []byte("\n"), nil))
		in.WriteByte('\n')
	}
	fatal, judged := 0, 0
	out := serve(t, in.String()+goodLine, answer)
	if len(out) != n+1 {
		t.Fatalf("%d lines instead of %d", len(out), n+1)
	}
	for _, line := range out[:n] {
		switch {
		case strings.HasPrefix(line, `{"fatal":"`):
			fatal++
		case strings.HasPrefix(line, `{"refused":`):
			judged++
		default:
			t.Errorf("unexpected: %.200s", line)
		}
	}
	if !strings.Contains(out[n], `"verdicts":"uuuu"`) {
		t.Errorf("afterwards: %s", out[n])
	}
	t.Logf("%d fatal, %d judged", fatal, judged)
}

func serve(t *testing.T, in string, answer protocol.Answer) []string {
	t.Helper()
	var out bytes.Buffer
	if err := protocol.Serve(strings.NewReader(in), &out, answer); err != nil {
		t.Fatal(err)
	}
	return strings.Split(strings.TrimSuffix(out.String(), "\n"), "\n")
}
