/** What namespaces, Services and other objects may be called. */
import { isDnsLabel, isDnsSubdomain, isServiceName } from '../../src/cilium/kubernetes-names';

/** Source: k8s.io/apimachinery/pkg/util/validation, IsDNS1123Label, IsDNS1035Label and IsDNS1123Subdomain. */
describe('names', () => {
  test.each<[text: unknown, namespace: boolean, service: boolean, subdomain: boolean]>([
    ['a', true, true, true],
    ['default', true, true, true],
    ['kube-system', true, true, true],
    ['a1-b2', true, true, true],
    ['1a', true, false, true],
    ['7', true, false, true],
    [label(63), true, true, true],
    [label(64), false, false, true], // only the whole of a subdomain has a limit
    ['a.b', false, false, true],
    ['a.1.c-d', false, false, true],
    [`${label(63)}.${label(63)}.${label(63)}.${label(61)}`, false, false, true],
    [`${label(63)}.${label(63)}.${label(63)}.${label(62)}`, false, false, false],
    ['', false, false, false],
    ['-a', false, false, false],
    ['a-', false, false, false],
    ['A', false, false, false],
    ['a_b', false, false, false],
    ['a..b', false, false, false],
    ['a.-b', false, false, false],
    ['.a', false, false, false],
    ['a.', false, false, false],
    ['a\n', false, false, false],
    ['ä', false, false, false],
    [7, false, false, false],
    [null, false, false, false],
    [undefined, false, false, false],
  ])('%j: of a namespace %j, of a Service %j, of most objects %j', (text, namespace, service, subdomain) => {
    expect([isDnsLabel(text), isServiceName(text), isDnsSubdomain(text)]).toEqual([namespace, service, subdomain]);
  });
});

function label(length: number): string {
  return 'x'.repeat(length);
}
