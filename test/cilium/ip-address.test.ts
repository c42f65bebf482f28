import { formatIpAddress, parseIpAddress } from '../../src/cilium/ip-address';

// RFC 5952, section 4; Go's netip prints the same, but for IPv4-mapped addresses
test.each([
  ['192.0.2.1', '192.0.2.1'],
  ['255.255.255.255', '255.255.255.255'],
  ['0:0:0:0:0:0:0:0', '::'],
  ['2001:0DB8:0:0:0:0:0:1', '2001:db8::1'],
  ['0:0:1:2:3:4:5:6', '::1:2:3:4:5:6'],
  ['1:2:3:4:5:6:0:0', '1:2:3:4:5:6::'],
  // one group of zeros is written out, and the first of two runs of the same length is cut
  ['2001:db8:0:1:1:1:1:1', '2001:db8:0:1:1:1:1:1'],
  ['0:0:1:0:0:1:1:1', '::1:0:0:1:1:1'],
  ['2001:0:0:1:0:0:0:1', '2001:0:0:1::1'],
  ['::ffff:192.0.2.1', '::ffff:c000:201'],
])('%s is written as %s', (text, canonical) => {
  expect(formatIpAddress(parseIpAddress(text)!)).toBe(canonical);
});

test.each([
  '',
  '1.2.3',
  '1.2.3.4.5',
  '01.2.3.4',
  '1.2.3.256',
  '::1%eth0',
  ':::',
  '1::2::3',
  '1:2:3:4:5:6:7',
  '1:2:3:4:5:6:7:8:9',
  '1:2:3:4::5:6:7:8',
  '12345::',
  '1.2.3.4::',
  '::01.2.3.4',
  ' ::1',
])('%j is refused', text => {
  expect(parseIpAddress(text)).toBeUndefined();
});
