/** Diagnostics through SSM on local-ec2: the real script runs in the instance; what fails is named, and the run goes its way. */
import { expect } from 'vitest';
import type { FleetSpec } from '../../controller/src/runs/fleet-spec.ts';
import type { FleetSite } from './fleet-site.ts';
import { fleetIt } from './fleet-test.ts';

const ALLOWED: Partial<FleetSpec> = { ssmDiagnostics: true, instanceProfile: 'managed' };
/** A run whose agent starts and is never heard. */
function muteRun(site: FleetSite, fleet: Partial<FleetSpec>) {
  site.agentIsHeard = false;
  return site.play(site.small({ timeouts: { ...site.spec().timeouts, agentS: 3 } }, fleet));
}

function ssmCalls(site: FleetSite, run: string): string[] {
  const calls = site.repository.awsCalls(run).map(({ action, result }) => `${action} ${result}`);
  return [...new Set(calls.filter((call) => /^ssm:(?!GetParameter)/.test(call)))];
}

async function evidenceOf(site: FleetSite, fleet: Partial<FleetSpec>) {
  const run = await muteRun(site, fleet);
  const [instance] = site.repository.instances(run.id);
  expect(instance?.failure?.kind).toBe('agent_timeout');
  expect(run.outcome).toBe('could_not_complete');
  await site.nothingIsLeft();
  return { run: run.id, evidence: instance?.evidence?.find((line) => line.startsWith('SSM diagnostics')) ?? null };
}

fleetIt.concurrent('where no agent came, journal and clocks of the instance are evidence', async ({ site, expect }) => {
  const { run, evidence } = await evidenceOf(site, ALLOWED);
  expect(evidence).toMatch(/^SSM diagnostics \(Success\):\n\d{4}-\d\d-\d\dT/);
  for (const part of ['journalctl -u ptp-tester-agent.service', 'chronyc -n tracking', 'modinfo ena', '== end']) {
    expect(evidence).toContain(part);
  }
  expect(evidence?.length).toBeLessThanOrEqual(16_000);
  expect(ssmCalls(site, run)).toEqual([
    'ssm:DescribeInstanceInformation ok',
    'ssm:SendCommand ok',
    'ssm:GetCommandInvocation ok',
  ]);
});

fleetIt.concurrent('nothing is asked of SSM unless it was allowed', async ({ site, expect }) => {
  const { run, evidence } = await evidenceOf(site, { instanceProfile: 'managed' });
  expect([evidence, ssmCalls(site, run)]).toEqual([null, []]);
});

fleetIt.concurrent('an instance that SSM does not manage is told so', async ({ site, expect }) => {
  const { run, evidence } = await evidenceOf(site, { ssmDiagnostics: true });
  expect(site.repository.preparation(run)?.warnings.join()).toContain('--ssm-diagnostics without --instance-profile');
  expect(evidence).toContain('SSM does not manage this instance (it needs an SSM agent, --instance-profile');
});

fleetIt.concurrent('a missing right is named, and changes nothing about the run', async ({ site, expect }) => {
  site.ec2.changeConditions({ denied: [{ action: 'ssm:SendCommand' }] });
  const { evidence } = await evidenceOf(site, ALLOWED);
  expect(evidence).toContain('could not be collected: ssm:SendCommand failed: AccessDeniedException');
  expect(evidence).toContain('Allow ssm:SendCommand to these credentials');
});

fleetIt.concurrent(
  'where the setup failed, the instance measures on and is looked into beside it',
  async ({ site, expect }) => {
    site.setup = 'failed';
    const run = await site.play(site.small({ durationS: 4 }, ALLOWED));
    expect(run.outcome).toBe('completed');
    const [instance] = site.repository.instances(run.id);
    expect(instance?.failure).toBeNull();
    expect(instance?.evidence?.join()).toContain('SSM diagnostics (Success)');
    expect(site.repository.awsCalls(run.id).filter(({ action }) => action === 'ssm:SendCommand')).toHaveLength(1);
    await site.nothingIsLeft();
  },
);
