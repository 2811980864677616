/** deploy/iam held against the calls in the code, and against the rules that it promises. */
import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { permissionOf } from './decide/explain-failure.ts';
import { TEMPORARY_TAGS } from './decide/next-keep-steps.ts';
import { TAGS } from './ec2.ts';

interface Statement {
  readonly Sid: string;
  readonly Effect: string;
  readonly Action: string | readonly string[];
  readonly Resource: string | readonly string[];
  readonly Condition?: Readonly<Record<string, Readonly<Record<string, string | readonly string[]>>>>;
}

const FOLDER = new URL('./aws/', import.meta.url);
const IAM = new URL('../../../deploy/iam/', import.meta.url);

function readStatements(name: string): readonly Statement[] {
  return (JSON.parse(readFileSync(new URL(name, IAM), 'utf8')) as { Statement: readonly Statement[] }).Statement;
}

const STATEMENTS = readStatements('controller-policy.json');

function listOf(value: string | readonly string[] | undefined): readonly string[] {
  if (value === undefined) return [];
  return typeof value === 'string' ? [value] : value;
}

function allowing(action: string): readonly Statement[] {
  return STATEMENTS.filter(({ Action }) => listOf(Action).includes(action));
}

function changedKeys(statement: Statement | undefined): readonly string[] {
  return listOf(statement?.Condition?.['ForAllValues:StringEquals']?.['aws:TagKeys']);
}

/** Every command of the SDK that the fleet sends. */
function calledActions(): readonly string[] {
  const files = readdirSync(FOLDER).filter((name) => /^(ec2|ssm|sts)-.*\.ts$/.test(name) && !name.endsWith('.test.ts'));
  const sent = files.flatMap((name) => {
    const text = readFileSync(new URL(name, FOLDER), 'utf8');
    const [prefix = ''] = name.split('-');
    const service = prefix === 'ec2' ? '' : `${prefix}:`;
    return [...text.matchAll(/new (?:module\.)?(\w+)Command\(/g)].map((match) => permissionOf(`${service}${match[1]}`));
  });
  // Everybody may ask who they are: IAM knows no way to need a statement for it.
  return [...new Set(sent)].filter((action) => action !== 'sts:GetCallerIdentity').sort();
}

describe('the policy of the controller', () => {
  const called = calledActions();

  it('allows each action that the code calls, and no other', () => {
    expect(called.length).toBeGreaterThan(20);
    const allowed = [...new Set(STATEMENTS.flatMap(({ Action }) => listOf(Action)))].sort();
    // A role is handed over by RunInstances itself.
    expect(allowed).toEqual([...called, 'iam:PassRole'].sort());
    for (const { Effect } of STATEMENTS) expect(Effect).toBe('Allow');
  });

  it('allows on every resource only what changes nothing', () => {
    const wide = STATEMENTS.filter(({ Resource }) => listOf(Resource).includes('*')).flatMap(({ Action }) =>
      listOf(Action),
    );
    // SSM's two have no resource to name (service authorization reference, "AWS Systems Manager").
    for (const action of wide)
      expect(action).toMatch(/^ec2:Describe|^ssm:(DescribeInstanceInformation|GetCommandInvocation)$/);
  });

  it('makes nothing without the tag of a run', () => {
    for (const action of ['ec2:CreateSecurityGroup', 'ec2:CreatePlacementGroup', 'ec2:RunInstances']) {
      const making = allowing(action).filter(
        ({ Sid }) => !['LaunchWithWhatIsThere', 'MakeGroupsInAnyVpc'].includes(Sid),
      );
      expect(making.length).toBeGreaterThan(0);
      for (const { Condition } of making)
        expect(Condition?.['StringLike']).toHaveProperty([`aws:RequestTag/${TAGS.run}`]);
    }
  });

  it('changes and ends only what has the tag of a run, and ends nothing that is kept', () => {
    const changing = [
      ...['TerminateInstances', 'ModifyInstanceAttribute', 'DeleteSecurityGroup', 'DeletePlacementGroup', 'DeleteTags'],
      ...['AuthorizeSecurityGroupEgress', 'RevokeSecurityGroupEgress'],
    ];
    for (const action of changing) {
      for (const { Condition } of allowing(`ec2:${action}`)) {
        expect(Condition?.['StringLike'], action).toHaveProperty([`aws:ResourceTag/${TAGS.run}`]);
      }
    }
    const [end] = allowing('ec2:TerminateInstances');
    expect(end?.Condition?.['Null']).toEqual({ [`aws:ResourceTag/${TAGS.kept}`]: 'true' });
  });

  it('sends scripts only to instances of a run, and only by one document of AWS', () => {
    const sending = allowing('ssm:SendCommand');
    expect(sending.map(({ Resource }) => Resource)).toEqual([
      'arn:aws:ec2:*:*:instance/*',
      'arn:aws:ssm:*::document/AWS-RunShellScript',
    ]);
    expect(sending[0]?.Condition?.['StringLike']).toEqual({ [`ssm:resourceTag/${TAGS.run}`]: '*' });
    expect(sending[0]?.Condition?.['Null']).toEqual({ [`ssm:resourceTag/${TAGS.kept}`]: 'true' });
  });

  it('tags only at creation, but for the tags that it has to change', () => {
    const [atCreation, later, ...others] = allowing('ec2:CreateTags');
    expect(others).toEqual([]);
    expect(listOf(atCreation?.Condition?.['StringEquals']?.['ec2:CreateAction'])).toEqual([
      'RunInstances',
      'CreateSecurityGroup',
      'CreatePlacementGroup',
    ]);
    expect(changedKeys(later)).toEqual([TAGS.heartbeat, TAGS.kept]);
  });

  it('removes only the tags that a kept instance loses, and never all of them by naming none', () => {
    const [remove, ...others] = allowing('ec2:DeleteTags');
    expect(others).toEqual([]);
    expect(changedKeys(remove)).toEqual([...TEMPORARY_TAGS]);
    for (const { Condition } of STATEMENTS.filter(
      (one) => one.Condition?.['ForAllValues:StringEquals'] !== undefined,
    )) {
      // ForAllValues holds for an empty set too (IAM user guide, "Multivalued context keys").
      expect(Condition?.['Null']).toEqual({ 'aws:TagKeys': 'false' });
    }
  });

  it('hands over one role, to EC2, and reads public parameters alone', () => {
    const [pass] = allowing('iam:PassRole');
    expect(pass?.Resource).toBe('arn:aws:iam::*:role/ptp-tester-agent');
    expect(pass?.Condition?.['StringEquals']).toEqual({ 'iam:PassedToService': 'ec2.amazonaws.com' });
    expect(allowing('ssm:GetParameter').map(({ Resource }) => Resource)).toEqual([
      'arn:aws:ssm:*::parameter/aws/service/ami-amazon-linux-latest/*',
    ]);
  });

  it('has a reason for each statement', () => {
    const readme = readFileSync(new URL('README.md', IAM), 'utf8');
    for (const { Sid } of [...STATEMENTS]) expect(readme).toMatch(new RegExp(`\\| ${Sid} \\| .{20,} \\|`));
    expect(readStatements('agent-policy.json').map(({ Action }) => Action)).toEqual(['s3:GetObject']);
  });
});
