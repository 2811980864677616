import { expect, it } from 'vitest';
import { judgeReach, type ReachFacts } from './judge-reach.ts';

const FACTS: ReachFacts = {
  publicUrl: 'https://10.0.0.5:7600',
  listen: { host: '0.0.0.0', port: 7600 },
  isLocalEc2: false,
  addresses: ['10.0.0.5'],
  ownAddresses: ['127.0.0.1', '10.0.0.5'],
  met: 'refusal',
};

const judge = (change: Partial<ReachFacts>) => judgeReach({ ...FACTS, ...change }).result;

it('an address of this machine that is listened on is fine, before anything listens', () => {
  expect(judge({})).toBe('ok');
});

it('an address of this machine is not enough when only loopback, or another port, is listened on', () => {
  expect(judge({ listen: { host: '127.0.0.1', port: 7600 } })).toBe('failed');
  expect(judge({ listen: { host: '0.0.0.0', port: 7000 } })).toBe('warning');
});

it('loopback works for instances of this machine only', () => {
  const loopback = { publicUrl: 'http://127.0.0.1:7600', addresses: ['127.0.0.1'] };
  expect(judge(loopback)).toBe('failed');
  expect(judge({ ...loopback, isLocalEc2: true })).toBe('ok');
});

it('an address elsewhere is believed when something answers, and doubted when nothing does', () => {
  const elsewhere = { publicUrl: 'https://198.51.100.7', addresses: ['198.51.100.7'] };
  expect(judge({ ...elsewhere, met: 'answer' })).toBe('ok');
  expect(judge({ ...elsewhere, met: 'refusal' })).toBe('warning');
  expect(judge({ ...elsewhere, met: 'silence' })).toBe('warning');
});

it('a name that does not resolve here may resolve in the VPC', () => {
  expect(judge({ publicUrl: 'https://controller.internal:7600', addresses: null })).toBe('warning');
});
