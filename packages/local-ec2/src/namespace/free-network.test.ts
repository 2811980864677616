import { expect, test } from 'vitest';
import { CANDIDATE_PREFIXES, freePrefixes } from './free-network.ts';

const ROUTES = `default via 192.0.2.1 dev eth0
10.78.0.0/16 dev ptpt-10-78 proto kernel scope link src 10.78.0.1
10.79.3.0/24 via 192.0.2.9 dev eth0
unreachable 10.80.1.1
broadcast 10.81.255.255 dev eth1 table local
192.0.2.0/24 dev eth0 proto kernel scope link src 192.0.2.2
`;

test('networks that a route of this machine is in, or that are in one, are not taken', () => {
  expect(freePrefixes(['10.77', '10.78', '10.79', '10.80', '10.81', '192.0'], ROUTES)).toEqual(['10.77']);
  expect(freePrefixes(['10.77', '172.31'], '10.0.0.0/8 via 192.0.2.9 dev tun0')).toEqual(['172.31']);
});

test('the default route takes nothing', () => {
  expect(freePrefixes(CANDIDATE_PREFIXES, 'default via 10.77.0.1 dev eth0')).toEqual(CANDIDATE_PREFIXES);
});
