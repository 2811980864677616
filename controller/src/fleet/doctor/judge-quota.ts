/** How much of the account's vCPU quotas a run asks for. The EC2 API tells no quota, so this only says where to look (pure). */
import { instanceCount } from '../../runs/fleet-spec.ts';
import type { RunSpec } from '../../runs/run.ts';
import type { InstanceTypeInfo } from '../ec2.ts';
import { type Asked, type Check, checksOf } from './check.ts';

/** By the letters that a type begins with, as Service Quotas names them ("Running On-Demand ... instances"). */
const FAMILIES: readonly (readonly [quota: string, letters: RegExp])[] = [
  ['G and VT', /^(g|gr|vt)$/],
  ['P', /^p$/],
  ['F', /^f$/],
  ['X', /^x$/],
  ['Inf', /^inf$/],
  ['Trn', /^trn$/],
  ['DL', /^dl$/],
  ['HPC', /^hpc$/],
  ['High Memory', /^u$/],
  ['Standard (A, C, D, H, I, M, R, T, Z)', /^[acdhimrtz]/],
];

export function judgeQuota(spec: RunSpec, types: Asked<readonly InstanceTypeInfo[]>): Check {
  const found = checksOf('quota');
  const known = new Map((types.answered ? types.value : []).map(({ type, vcpus = null }) => [type, vcpus]));
  const needs = new Map<string, number>();
  for (const { type, quantity } of spec.instanceTypes) {
    const name = quotaOf(type);
    // NaN stays: what one type needs is not known.
    needs.set(name, (needs.get(name) ?? 0) + quantity * (known.get(type) ?? Number.NaN));
  }
  const words = [...needs].map(([name, vcpus]) => `${Number.isNaN(vcpus) ? 'some' : vcpus} vCPUs of ${name}`);
  const count = instanceCount(spec);
  const who = count === 1 ? 'the instance needs' : `the ${count} instances need`;
  return found.skipped(
    `the EC2 API does not tell the quotas of an account; ${who} ${words.join(', ')}, beside what runs already`,
    `look: aws service-quotas list-service-quotas --service-code ec2 --region ${spec.region} --query "Quotas[?starts_with(QuotaName, 'Running On-Demand')].[QuotaName,Value]" --output text`,
  );
}

function quotaOf(type: string): string {
  const letters = /^[a-z]+/.exec(type)?.[0] ?? '';
  return FAMILIES.find(([, pattern]) => pattern.test(letters))?.[0] ?? letters;
}
