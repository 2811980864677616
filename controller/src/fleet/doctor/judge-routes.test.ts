import { describe, expect, it } from 'vitest';
import type { RouteTableInfo, SubnetDetails } from '../aws/ec2-network-calls.ts';
import { judgeRoutes, judgeS3, type NetworkFacts, routeTo, tableOf } from './judge-routes.ts';

const SUBNET: SubnetDetails = {
  subnetId: 'subnet-1',
  vpcId: 'vpc-1',
  availabilityZone: 'eu-north-1a',
  availabilityZoneId: 'eun1-az1',
  state: 'available',
  freeAddresses: 10,
  givesPublicAddresses: false,
};
const LOCAL = { destination: '10.0.0.0/16', target: 'local', isBlackhole: false };

function table(...ways: readonly [destination: string, target: string][]): RouteTableInfo {
  const routes = ways.map(([destination, target]) => ({ destination, target, isBlackhole: false }));
  return { routeTableId: 'rtb-1', vpcId: 'vpc-1', isMain: true, subnetIds: [], routes: [LOCAL, ...routes] };
}

function facts(main: RouteTableInfo, endpoints: NetworkFacts['endpoints'] = []): NetworkFacts {
  return { region: 'eu-north-1', routeTables: [main], endpoints };
}

function way(address: string, main: RouteTableInfo, subnet = SUBNET) {
  const destination = { name: 'the controller', host: address, addresses: [address] };
  return judgeRoutes([subnet], [destination], facts(main))[0];
}

describe('routeTo', () => {
  it('follows the longest prefix, as a VPC does', () => {
    const { routes } = table(['0.0.0.0/0', 'igw-1'], ['203.0.113.0/24', 'tgw-1'], ['::/0', 'eigw-1']);
    expect(routeTo('10.0.3.4', routes)?.target).toBe('local');
    expect(routeTo('203.0.113.9', routes)?.target).toBe('tgw-1');
    expect(routeTo('198.51.100.1', routes)?.target).toBe('igw-1');
    expect(routeTo('2001:db8::1', routes)?.target).toBe('eigw-1');
    expect(routeTo('198.51.100.1', [LOCAL, { ...LOCAL, destination: 'pl-6da54004' }])).toBeNull();
  });
});

describe('tableOf', () => {
  it('is the one that names the subnet, else the main one', () => {
    const own = { ...table(), routeTableId: 'rtb-own', isMain: false, subnetIds: ['subnet-1'] };
    expect(tableOf('subnet-1', [table(), own])?.routeTableId).toBe('rtb-own');
    expect(tableOf('subnet-2', [table(), own])?.routeTableId).toBe('rtb-1');
    expect(tableOf('subnet-2', [own])).toBeNull();
  });
});

describe('judgeRoutes', () => {
  it('is content with the VPC itself, a NAT gateway, and an internet gateway with public addresses', () => {
    expect(way('10.0.3.4', table())?.result).toBe('ok');
    expect(way('203.0.113.9', table(['0.0.0.0/0', 'nat-1']))?.result).toBe('ok');
    const open = { ...SUBNET, givesPublicAddresses: true };
    expect(way('203.0.113.9', table(['0.0.0.0/0', 'igw-1']), open)?.result).toBe('ok');
  });

  it('fails where no answer could come back', () => {
    expect(way('203.0.113.9', table(['0.0.0.0/0', 'igw-1']))?.reason).toContain('no public address');
    expect(way('10.9.0.1', table(['0.0.0.0/0', 'igw-1']))?.result).toBe('failed');
    expect(way('10.9.0.1', table(['0.0.0.0/0', 'nat-1']))?.result).toBe('failed');
    expect(way('203.0.113.9', table())?.reason).toContain('has no route');
  });

  it('fails on a blackhole', () => {
    const main = { ...table(), routes: [LOCAL, { destination: '0.0.0.0/0', target: 'nat-1', isBlackhole: true }] };
    expect(way('203.0.113.9', main)?.reason).toContain('blackhole');
  });

  it('does not claim to know what lies behind a transit gateway', () => {
    expect(way('10.9.0.1', table(['10.0.0.0/8', 'tgw-1']))).toMatchObject({
      result: 'ok',
      reason: expect.stringContaining('cannot be told from here'),
    });
  });

  it('warns when a name does not resolve, and says whether there is a way out at all', () => {
    const unknown = { name: 'the controller', host: 'c.internal', addresses: null };
    const [check] = judgeRoutes([SUBNET], [unknown], facts(table()));
    expect(check).toMatchObject({ result: 'warning', reason: expect.stringContaining('only what is in the VPC') });
  });
});

describe('judgeS3', () => {
  const endpoint = {
    endpointId: 'vpce-1',
    service: 'com.amazonaws.eu-north-1.s3',
    kind: 'Gateway',
    state: 'available',
    routeTableIds: ['rtb-1'],
    subnetIds: [],
  };

  it('is content with a gateway endpoint in the route table of the subnet, and with a NAT gateway', () => {
    expect(judgeS3(SUBNET, facts(table(), [endpoint])).result).toBe('ok');
    expect(judgeS3(SUBNET, facts(table(['0.0.0.0/0', 'nat-1']))).result).toBe('ok');
  });

  it('fails without either, or when the endpoint is of another table or region', () => {
    expect(judgeS3(SUBNET, facts(table())).result).toBe('failed');
    expect(judgeS3(SUBNET, facts(table(), [{ ...endpoint, routeTableIds: ['rtb-2'] }])).result).toBe('failed');
    expect(judgeS3(SUBNET, facts(table(), [{ ...endpoint, service: 'com.amazonaws.us-east-1.s3' }])).result).toBe(
      'failed',
    );
    expect(judgeS3(SUBNET, facts(table(['0.0.0.0/0', 'igw-1']))).result).toBe('failed');
  });
});
