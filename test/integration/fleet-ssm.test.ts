/** Diagnostics through SSM on local-ec2: the real script runs in the instance; what fails is named, and the run goes its way. */
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { FleetSpec } from '../../controller/src/runs/fleet-spec.ts';
import { FleetSite } from './fleet-site.ts';

const ALLOWED: Partial<FleetSpec> = { ssmDiagnostics: true, instanceProfile: 'managed' };
let site: FleetSite;

beforeEach(async () => {
  site = await FleetSite.open();
});

afterEach(() => site.close());

/** A run whose agent starts and is never heard. */
function muteRun(fleet: Partial<FleetSpec>) {
  site.agentIsHeard = false;
  return site.play(site.small({ timeouts: { ...site.spec().timeouts, agentS: 3 } }, fleet));
}

function ssmCalls(run: string): string[] {
  const calls = site.repository.awsCalls(run).map(({ action, result }) => `${action} ${result}`);
  return [...new Set(calls.filter((call) => /^ssm:(?!GetParameter)/.test(call)))];
}

async function evidenceOf(fleet: Partial<FleetSpec>) {
  const run = await muteRun(fleet);
  const [instance] = site.repository.instances(run.id);
  expect(instance?.failure?.kind).toBe('agent_timeout');
  expect(run.outcome).toBe('could_not_complete');
  await site.nothingIsLeft();
  return { run: run.id, evidence: instance?.evidence?.find((line) => line.startsWith('SSM diagnostics')) ?? null };
}

it('where no agent came, journal and clocks of the instance are evidence', async () => {
  const { run, evidence } = await evidenceOf(ALLOWED);
  expect(evidence).toMatch(/^SSM diagnostics \(Success\):\n\d{4}-\d\d-\d\dT/);
  for (const part of ['journalctl -u ptp-tester-agent.service', 'chronyc -n tracking', 'modinfo ena', '== end']) {
    expect(evidence).toContain(part);
  }
  expect(evidence?.length).toBeLessThanOrEqual(16_000);
  expect(ssmCalls(run)).toEqual([
    'ssm:DescribeInstanceInformation ok',
    'ssm:SendCommand ok',
    'ssm:GetCommandInvocation ok',
  ]);
});

it('nothing is asked of SSM unless it was allowed', async () => {
  const { run, evidence } = await evidenceOf({ instanceProfile: 'managed' });
  expect([evidence, ssmCalls(run)]).toEqual([null, []]);
});

it('an instance that SSM does not manage is told so', async () => {
  const { run, evidence } = await evidenceOf({ ssmDiagnostics: true });
  expect(site.repository.preparation(run)?.warnings.join()).toContain('--ssm-diagnostics without --instance-profile');
  expect(evidence).toContain('SSM does not manage this instance (it needs an SSM agent, --instance-profile');
});

it('a missing right is named, and changes nothing about the run', async () => {
  site.ec2.changeConditions({ denied: [{ action: 'ssm:SendCommand' }] });
  const { evidence } = await evidenceOf(ALLOWED);
  expect(evidence).toContain('could not be collected: ssm:SendCommand failed: AccessDeniedException');
  expect(evidence).toContain('Allow ssm:SendCommand to these credentials');
});

it('where the setup failed, the instance measures on and is looked into beside it', async () => {
  site.setup = 'failed';
  const run = await site.play(site.small({ durationS: 4 }, ALLOWED));
  expect(run.outcome).toBe('completed');
  const [instance] = site.repository.instances(run.id);
  expect(instance?.failure).toBeNull();
  expect(instance?.evidence?.join()).toContain('SSM diagnostics (Success)');
  expect(site.repository.awsCalls(run.id).filter(({ action }) => action === 'ssm:SendCommand')).toHaveLength(1);
  await site.nothingIsLeft();
});
