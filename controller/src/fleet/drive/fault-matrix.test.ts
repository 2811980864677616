/** What becomes of a run for each thing that can go wrong: axes, leftovers, outcome and exit code, one row each. */
import type { EventKind } from '@ptp-tester/measurement';
import { describe, expect, it } from 'vitest';
import { exitCodeOf } from '../../cli/exit-codes.ts';
import type { Leftover, RunState } from '../../runs/run.ts';
import { scripted } from '../simulated/scripted-faults.fixture.ts';
import { History, type HistoryOptions, openDatabase } from '../simulated/simulated-history.ts';

interface Row {
  readonly name: string;
  readonly options?: Omit<HistoryOptions, 'seed'>;
  /** By index; `ok`: no failure. One word stands for all three. */
  readonly failures: string | readonly string[];
  readonly capability?: string | readonly string[];
  readonly exitCode: 0 | 3 | 4;
  readonly leftovers?: readonly Leftover['kind'][];
  readonly kept?: readonly number[];
  readonly machines?: number;
  readonly events?: readonly EventKind[];
  /** What a piece of evidence must say. */
  readonly evidence?: RegExp;
  /** What the stop reason, a failure or an event must say. */
  readonly says?: string;
}

const TWO = { subnetIds: ['subnet-1', 'subnet-2'] };
const denied = { code: 'UnauthorizedOperation', status: 403 };
const none = { failures: 'ok', exitCode: 3 } as const;
const good = { failures: 'ok', exitCode: 0 } as const;

/** Once, when the run reaches the state. */
function when(state: RunState, act: (history: History) => void): (history: History) => void {
  let isDone = false;
  return (history) => {
    if (isDone || history.run.state !== state) return;
    isDone = true;
    act(history);
  };
}

function machineOf({ world }: History, index: number) {
  const machine = [...world.machines.values()].find((one) => one.index === index);
  if (machine === undefined) throw new Error(`no machine ${index}`);
  return machine;
}

const ends = (index: number, reason: string) =>
  when('soaking', (history) => history.world.end(machineOf(history, index), reason));
const stop = (history: History) => history.repository.updateRun(history.id, { stopReason: 'stopped by the operator' });

const LAUNCH: readonly Row[] = [
  { name: 'nothing', ...good, machines: 3 },
  {
    name: 'no capacity for a while',
    options: {
      faults: scripted({ action: 'RunInstances', code: 'InsufficientInstanceCapacity', status: 500, times: 6 }),
    },
    ...good,
  },
  {
    name: 'no capacity at all',
    options: { faults: scripted({ action: 'RunInstances', code: 'InsufficientInstanceCapacity', status: 500 }) },
    failures: 'capacity',
    exitCode: 3,
    machines: 0,
    says: 'InsufficientInstanceCapacity',
  },
  {
    name: 'no capacity in the first subnet',
    options: {
      ...TWO,
      faults: scripted({
        action: 'RunInstances',
        code: 'InsufficientInstanceCapacity',
        status: 500,
        about: ['subnet-1'],
      }),
    },
    ...good,
  },
  {
    name: 'the type is not offered in the zone',
    options: { faults: scripted({ action: 'RunInstances', code: 'Unsupported' }) },
    failures: 'unsupported_by_api',
    exitCode: 3,
    machines: 0,
  },
  {
    name: 'the type is offered only in the zone of the second subnet',
    options: { ...TWO, faults: scripted({ action: 'RunInstances', code: 'Unsupported', about: ['subnet-1'] }) },
    ...good,
  },
  {
    name: 'the vCPU quota is reached by one instance',
    options: { faults: scripted({ action: 'RunInstances', code: 'VcpuLimitExceeded', times: 1 }) },
    failures: ['quota', 'ok', 'ok'],
    exitCode: 0,
    says: 'more vCPUs',
  },
  {
    name: 'the first subnet has no free address',
    options: {
      ...TWO,
      faults: scripted({ action: 'RunInstances', code: 'InsufficientFreeAddressesInSubnet', about: ['subnet-1'] }),
    },
    ...good,
  },
  {
    name: 'no subnet has a free address',
    options: { ...TWO, faults: scripted({ action: 'RunInstances', code: 'InsufficientFreeAddressesInSubnet' }) },
    failures: 'quota',
    exitCode: 3,
    says: 'name another subnet',
  },
  {
    name: 'RunInstances is not allowed',
    options: { faults: scripted({ action: 'RunInstances', ...denied }) },
    failures: 'permission',
    exitCode: 3,
    says: 'llow ec2:RunInstances',
  },
  {
    name: 'throttling',
    options: { faults: scripted({ action: 'RunInstances', code: 'RequestLimitExceeded', status: 503, times: 8 }) },
    ...good,
  },
  {
    name: 'answers to RunInstances are lost',
    options: { faults: scripted({ action: 'RunInstances', times: 4 }) },
    ...good,
    machines: 3,
  },
  {
    name: 'launches arrive late, their answers never',
    options: { faults: scripted({ action: 'RunInstances', late: true, times: 3 }) },
    ...good,
    machines: 3,
  },
  {
    name: 'a client token was used for another request',
    options: { faults: scripted({ action: 'RunInstances', code: 'IdempotentParameterMismatch', times: 1 }) },
    ...good,
    machines: 3,
  },
  {
    name: 'an unknown error of RunInstances',
    options: { faults: scripted({ action: 'RunInstances', code: 'InvalidParameterValue', times: 1 }) },
    failures: ['other', 'ok', 'ok'],
    exitCode: 0,
  },
  {
    name: 'an instance ends as soon as it is launched: its volume cannot be opened',
    options: {
      meanwhile: ({ world }) => {
        const [first] = world.machines.values();
        if (first?.state === 'pending') world.end(first, 'Client.InternalError');
      },
    },
    failures: ['launch_ended', 'ok', 'ok'],
    capability: ['not_tested', 'supported', 'supported'],
    exitCode: 0,
    says: 'kms:CreateGrant',
  },
  {
    name: 'an instance ends as soon as it is launched: the key of its volume is disabled',
    options: {
      meanwhile: ({ world }) => {
        const [first] = world.machines.values();
        if (first?.state === 'pending') world.end(first, 'Client.InvalidKMSKey.InvalidState');
      },
    },
    failures: ['launch_ended', 'ok', 'ok'],
    capability: ['not_tested', 'supported', 'supported'],
    exitCode: 0,
    says: 'enable the key',
  },
];

const WATCH: readonly Row[] = [
  {
    name: 'the credentials expire for a while',
    options: { faults: scripted({ action: '*', code: 'ExpiredToken', times: 6, afterMs: 15_000 }) },
    ...good,
    events: ['run_paused', 'run_resumed'],
    says: 'renew the credentials',
  },
  {
    name: 'the credentials expire while everything is terminated',
    options: { faults: scripted({ action: 'TerminateInstances', code: 'ExpiredToken', times: 3 }) },
    ...good,
    events: ['run_paused', 'run_resumed'],
  },
  {
    name: 'DescribeInstances fails now and then',
    options: { faults: scripted({ action: 'DescribeInstances', ...denied, times: 30 }) },
    ...good,
  },
  {
    name: 'DescribeInstances is not allowed',
    options: { faults: scripted({ action: 'DescribeInstances', ...denied }), ownGroups: false },
    failures: 'ok',
    exitCode: 4,
    leftovers: ['instance', 'instance', 'instance', 'unknown'],
  },
  {
    name: 'somebody terminates an instance',
    options: { meanwhile: ends(2, 'Client.UserInitiatedShutdown') },
    failures: ['ok', 'terminated_outside', 'ok'],
    exitCode: 0,
    events: ['instance_lost'],
  },
  {
    name: 'somebody stops an instance',
    options: {
      meanwhile: when('soaking', (history) => {
        machineOf(history, 1).state = 'stopped';
      }),
    },
    failures: ['stopped_outside', 'ok', 'ok'],
    exitCode: 0,
  },
  {
    name: 'AWS loses an instance',
    options: { meanwhile: ends(3, 'Server.InternalError') },
    failures: ['ok', 'ok', 'lost'],
    exitCode: 0,
  },
  {
    name: 'an instance powers itself off',
    options: { meanwhile: ends(1, 'Client.InstanceInitiatedShutdown') },
    failures: ['powered_off', 'ok', 'ok'],
    exitCode: 0,
  },
  {
    name: 'one agent never appears',
    options: { silent: [2] },
    failures: ['ok', 'agent_timeout', 'ok'],
    capability: ['supported', 'not_tested', 'supported'],
    exitCode: 0,
    says: 'it printed this',
  },
  { name: 'no agent appears', options: { silent: [1, 2, 3] }, failures: 'agent_timeout', exitCode: 3 },
  {
    name: 'no agent appears, and SSM may not be used',
    options: {
      silent: [1, 2, 3],
      fleet: { ssmDiagnostics: true },
      faults: scripted({ action: 'ssm:SendCommand', ...denied }),
    },
    failures: 'agent_timeout',
    exitCode: 3,
    evidence:
      /^SSM diagnostics: could not be collected: ssm:SendCommand failed: UnauthorizedOperation.*Allow ssm:SendCommand/,
  },
  {
    name: 'no agent appears, and SSM never says what became of its script',
    options: {
      silent: [2],
      fleet: { ssmDiagnostics: true },
      faults: scripted({ action: 'ssm:GetCommandInvocation', code: 'InvocationDoesNotExist' }),
    },
    failures: ['ok', 'agent_timeout', 'ok'],
    exitCode: 0,
  },
  {
    name: 'no agent appears, and SSM looks into the instance',
    options: { silent: [2], fleet: { ssmDiagnostics: true } },
    failures: ['ok', 'agent_timeout', 'ok'],
    exitCode: 0,
    evidence: /^SSM diagnostics \(Success\):\nit found this$/,
  },
  {
    name: 'an agent falls silent for good',
    options: { mute: [1], spec: { durationS: 300 }, fleet: { silentS: 30, goneS: 120 } },
    failures: ['agent_gone', 'ok', 'ok'],
    capability: 'supported',
    exitCode: 0,
    events: ['instance_silent'],
  },
  {
    name: 'an agent does not deliver in time',
    options: { mute: [3] },
    failures: ['ok', 'ok', 'finish_timeout'],
    exitCode: 0,
  },
  {
    name: 'a status check fails',
    options: {
      spec: { durationS: 120 },
      meanwhile: when('soaking', (history) => {
        machineOf(history, 1).health = 'impaired';
      }),
    },
    ...good,
    events: ['instance_impaired'],
  },
  { name: 'the controller is killed again and again', options: { killProbability: 0.02 }, ...good, machines: 3 },
  {
    name: 'the operator stops the run',
    options: { meanwhile: when('soaking', stop) },
    ...none,
    says: 'stopped by the operator',
  },
];

const GROUPS: readonly Row[] = [
  {
    name: 'no security group may be made',
    options: { faults: scripted({ action: 'CreateSecurityGroup', ...denied }) },
    ...none,
    capability: 'not_tested',
    machines: 0,
    says: 'llow ec2:CreateSecurityGroup',
  },
  {
    name: 'the quota on security groups is reached',
    options: { faults: scripted({ action: 'CreateSecurityGroup', code: 'SecurityGroupLimitExceeded' }) },
    ...none,
    machines: 0,
    says: '--security-group-id',
  },
  {
    name: 'the answer to CreateSecurityGroup is lost',
    options: { faults: scripted({ action: 'CreateSecurityGroup', times: 2 }) },
    ...good,
  },
  {
    name: 'the egress of the group may not be set',
    options: { faults: scripted({ action: 'AuthorizeSecurityGroupEgress', ...denied }) },
    ...none,
    machines: 0,
    says: 'llow ec2:AuthorizeSecurityGroupEgress',
  },
  {
    name: 'no placement group may be made',
    options: { faults: scripted({ action: 'CreatePlacementGroup', ...denied }) },
    ...none,
    machines: 0,
  },
  {
    name: 'the groups are in use for a while after the instances are gone',
    options: {
      faults: scripted(
        { action: 'DeleteSecurityGroup', code: 'DependencyViolation', times: 4 },
        { action: 'DeletePlacementGroup', code: 'InvalidPlacementGroup.InUse', times: 4 },
      ),
    },
    ...good,
  },
  {
    name: 'the security group may not be deleted',
    options: { faults: scripted({ action: 'DeleteSecurityGroup', ...denied }) },
    failures: 'ok',
    exitCode: 4,
    leftovers: ['security-group'],
    says: 'llow ec2:DeleteSecurityGroup',
  },
];

const END: readonly Row[] = [
  {
    name: 'one instance may not be terminated',
    options: { faults: scripted({ action: 'TerminateInstances', ...denied, about: ['#2'] }), ownGroups: false },
    failures: 'ok',
    exitCode: 4,
    leftovers: ['instance'],
    says: 'llow ec2:TerminateInstances',
  },
  {
    name: 'TerminateInstances fails for a while',
    options: { faults: scripted({ action: 'TerminateInstances', code: 'InternalError', status: 500, times: 5 }) },
    ...good,
  },
  {
    name: 'a volume stays behind',
    options: {
      meanwhile: when('soaking', ({ world }) => {
        world.strays.push({ id: 'vol-00000000000000001', type: 'volume' });
      }),
    },
    failures: 'ok',
    exitCode: 4,
    leftovers: ['volume'],
  },
  {
    name: 'the audit may not ask for tags',
    options: { faults: scripted({ action: 'DescribeTags', ...denied }) },
    failures: 'ok',
    exitCode: 4,
    leftovers: ['unknown'],
  },
  {
    name: 'the canary fails',
    options: { fleet: { canary: true }, silent: [1] },
    failures: ['agent_timeout', 'ok', 'ok'],
    capability: 'not_tested',
    exitCode: 3,
    machines: 1,
    says: 'the canary failed (agent_timeout',
  },
  {
    name: 'the canary finds no capacity, the others do',
    options: {
      fleet: { canary: true },
      faults: scripted({ action: 'RunInstances', code: 'VcpuLimitExceeded', times: 1 }),
    },
    failures: ['quota', 'ok', 'ok'],
    exitCode: 0,
    machines: 2,
  },
  {
    name: 'a type has no PHC, outside of the documented scope',
    options: { unsupported: [2], scopeWarning: 'tested outside a precision-time placement group' },
    failures: 'ok',
    capability: ['supported', 'unsupported', 'supported'],
    exitCode: 0,
    says: 'but tested outside a precision-time placement group',
  },
];

const KEEP: readonly Row[] = [
  { name: 'all are kept', options: { fleet: { keep: 'all' } }, ...good, kept: [1, 2, 3] },
  { name: 'two are kept', options: { fleet: { keep: [1, 3] } }, ...good, kept: [1, 3] },
  { name: 'what has no PHC is not kept', options: { fleet: { keep: [1, 2] }, unsupported: [2] }, ...good, kept: [1] },
  {
    name: 'nobody says what to keep',
    options: { fleet: { keep: 'ask', keepDecisionS: 60 } },
    ...good,
    kept: [],
    events: ['keep_asked', 'keep_decided'],
    says: 'nobody said within 60 s',
  },
  {
    name: 'the operator says what to keep',
    options: {
      fleet: { keep: 'ask' },
      meanwhile: when('keeping', ({ repository, id }) => repository.updateRun(id, { keepDecision: [2] })),
    },
    ...good,
    kept: [2],
  },
  {
    name: 'the operator stops the run while asked',
    options: { fleet: { keep: 'ask' }, meanwhile: when('keeping', stop) },
    ...none,
    kept: [],
  },
  {
    name: 'the shutdown behaviour may not be changed',
    options: { fleet: { keep: [1] }, faults: scripted({ action: 'ModifyInstanceAttribute', ...denied }) },
    failures: 'ok',
    exitCode: 4,
    leftovers: ['instance', 'security-group', 'placement-group'],
    kept: [],
    events: ['keep_failed'],
    says: 'llow ec2:ModifyInstanceAttribute',
  },
  {
    name: 'tags may not be removed',
    options: { fleet: { keep: [1] }, faults: scripted({ action: 'DeleteTags', ...denied }) },
    failures: 'ok',
    exitCode: 4,
    leftovers: ['instance', 'security-group', 'placement-group'],
    kept: [],
    says: 'at the step check',
  },
  {
    name: 'an agent never confirms to be disarmed',
    options: { fleet: { keep: 'all', keepS: 60 }, stubborn: [2] },
    failures: 'ok',
    exitCode: 4,
    leftovers: ['instance'],
    kept: [1, 3],
    says: 'waited for the agent to confirm',
  },
  {
    name: 'the calls of keeping fail for a while',
    options: {
      fleet: { keep: 'all' },
      faults: scripted(
        { action: 'CreateTags', code: 'RequestLimitExceeded', status: 503, times: 3 },
        { action: 'ModifyInstanceAttribute', code: 'InternalError', status: 500, times: 3 },
      ),
    },
    ...good,
    kept: [1, 2, 3],
  },
  {
    name: 'an instance ends while it is being kept',
    options: {
      fleet: { keep: [1] },
      stubborn: [1],
      meanwhile: when('keeping', (history) => history.world.end(machineOf(history, 1), 'Server.InternalError')),
    },
    failures: ['lost', 'ok', 'ok'],
    exitCode: 0,
    kept: [],
  },
];

function eachOf<T>(value: T | readonly T[], count: number): readonly T[] {
  return Array.isArray(value) ? value : Array.from({ length: count }, () => value as T);
}

/** Everything that the run tells people. */
function told({ run, instances, repository, id }: History): string {
  const events = repository.events(id).map(({ detail }) => detail);
  return JSON.stringify([run.stopReason, instances, run.leftovers, events]);
}

function checkVerdicts({ capability }: Row, { instances }: History): void {
  if (capability !== undefined) {
    const found = instances.map(({ verdict }) => verdict?.capability.value);
    expect(found).toEqual(eachOf(capability, instances.length));
  }
  for (const { failure, reachedAt, verdict } of instances) {
    for (const axis of ['capability', 'setup', 'quality'] as const) expect(verdict?.[axis].reason).not.toBe('');
    if (failure !== null && reachedAt.enrolled === undefined) expect(verdict?.capability.value).toBe('not_tested');
  }
}

/** What is kept or named as left, and nothing else, is there. */
function checkRemains({ leftovers = [], kept = [], machines }: Row, { run, instances, world }: History): void {
  expect((run.leftovers ?? []).map(({ kind }) => kind)).toEqual(leftovers);
  for (const { command } of run.leftovers ?? []) expect(command).toMatch(/^aws ec2 .* --region us-east-1/);
  expect(instances.filter(({ state }) => state === 'kept').map(({ index }) => index)).toEqual(kept);
  const known = new Set([
    ...(run.leftovers ?? []).map(({ id }) => id),
    ...instances.filter(({ state }) => state === 'kept').map(({ instanceId }) => instanceId),
  ]);
  expect(world.living().filter(({ id }) => !known.has(id))).toEqual([]);
  if (machines !== undefined) expect(world.machines.size).toBe(machines);
}

function checkRow(row: Row, history: History): void {
  const { run, instances, repository, id } = history;
  const failures = instances.map(({ failure }) => failure?.kind ?? 'ok');
  const expected = { failures: eachOf(row.failures, instances.length), exitCode: row.exitCode };
  expect({ failures, exitCode: exitCodeOf(run.outcome) }).toEqual(expected);
  checkVerdicts(row, history);
  checkRemains(row, history);
  const events = new Set(repository.events(id).map(({ event }) => event));
  expect([...events]).toEqual(expect.arrayContaining([...(row.events ?? [])]));
  if (row.says !== undefined) expect(told(history)).toContain(row.says);
  const said = instances.flatMap(({ evidence }) => evidence ?? []);
  if (row.evidence !== undefined) expect(said).toContainEqual(expect.stringMatching(row.evidence));
}

describe('what becomes of a run when', () => {
  const rows = [...LAUNCH, ...WATCH, ...GROUPS, ...END, ...KEEP];
  const database = openDatabase();

  it.each(rows)('$name', async (row) => {
    const history = await new History({ ...row.options, seed: 11 }, database).live();
    checkRow(row, history);
  });

  it('an instance could not be kept: it ends at its bound', async () => {
    const faults = scripted({ action: 'ModifyInstanceAttribute', ...denied });
    const history = await new History({ seed: 3, fleet: { keep: [1] }, faults }, database).live();
    const machine = machineOf(history, 1);
    expect([machine.state, machine.isDisarmed]).toEqual(['running', false]);
    history.outlive(machine.boundAt - history.world.now + 60_000);
    expect(machine).toMatchObject({ state: 'terminated', reason: 'Client.InstanceInitiatedShutdown' });
  });

  it('there are at least 30 rows', () => {
    expect(rows.length).toBeGreaterThanOrEqual(30);
  });
});
