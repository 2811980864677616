import { describe, expect, it } from 'vitest';
import { DEFAULT_SIMULATED_PHC } from './choose-sources.ts';
import { ConfigError } from './config-error.ts';
import type { ConfigFile } from './config-schema.ts';
import type { RunFlags } from './run-flags.ts';
import { mergeRunOptions } from './run-options.ts';

const flags: RunFlags = { instanceTypes: 'c7i.large:2', subnetId: ['subnet-12345678'] };
const merge = (given: RunFlags, file: ConfigFile = {}) => mergeRunOptions(given, file, { isTerminal: false });

function faults(given: RunFlags, file: ConfigFile = {}): string[] {
  try {
    merge(given, file);
    return [];
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return error.problems.map(({ field, reason }) => `${field}: ${reason}`);
  }
}

describe('mergeRunOptions', () => {
  it('lets the command line win over the file and says where each value came from', () => {
    const { request, effective } = merge(
      { ...flags, duration: '20s' },
      { soak: { duration: '3w', interval_ms: 500 }, region: 'eu-north-1' },
    );
    expect(request).toMatchObject({ durationS: 20, region: 'eu-north-1', batch: { maxAgeMs: 1000 } });
    expect(request.sources.phc?.interval_ms).toBe(500);
    const from = Object.fromEntries(effective.map(({ name, from }) => [name, from]));
    expect(from).toMatchObject({ duration: 'command line', interval_ms: 'configuration file', readings: 'default' });
  });

  it('closes batches at 5 s in long runs', () => {
    expect(merge({ ...flags, duration: '14d' }).request.batch.maxAgeMs).toBe(5000);
  });

  it('reports every problem at once', () => {
    const given = {
      duration: 'soon',
      interval: '1',
      readings: '99',
      keep: 'some',
      tag: ['x', 'aws:y=1'],
      maxInstanceHours: '0',
    };
    expect(
      faults(given)
        .map((text) => text.split(':')[0])
        .sort(),
    ).toEqual([
      '--duration',
      '--instance-types',
      '--interval',
      '--keep',
      '--max-instance-hours',
      '--readings',
      '--subnet-id',
      '--tag',
      '--tag',
    ]);
  });

  it('refuses a plan over the read budget, with the arithmetic', () => {
    expect(faults({ ...flags, interval: '100', readings: '25' }).join()).toMatch(
      /25 readings every 100 ms are 250\/s, chronyd takes 25\/s.*must be at least 500 ms/,
    );
  });

  it('simulates the PHC only when asked to', () => {
    expect(merge(flags).request.sources.phc).toMatchObject({ mode: 'device' });
    expect(merge({ ...flags, simulatePhc: true }).request.sources.phc).toMatchObject({
      mode: 'simulated',
      simulated: DEFAULT_SIMULATED_PHC,
    });
  });

  it("has the design document's time-outs, and each can be set in the file", () => {
    const asGiven = merge(flags).request;
    expect(asGiven.timeouts).toEqual({ launchS: 300, agentS: 300, finishS: 120, terminateS: 120, orphanS: 86_400 });
    expect(asGiven.fleet).toMatchObject({ metalS: 1200, silentS: 300, goneS: null, keepS: 300 });
    const timeouts = {
      ...{ launch: '10m', agent: '11m', finish: '12m', terminate: '13m', orphan: '14h' },
      ...{ metal: '30m', silent: '1m', gone: '1h', keep: '2m' },
    };
    const { request } = merge(flags, { timeouts });
    expect(request.timeouts).toEqual({ launchS: 600, agentS: 660, finishS: 720, terminateS: 780, orphanS: 50_400 });
    expect(request.fleet).toMatchObject({ metalS: 1800, silentS: 60, goneS: 3600, keepS: 120 });
  });

  it('takes several subnets: the first one first, the others for capacity', () => {
    const { request } = merge({ ...flags, subnetId: ['subnet-11111111,subnet-22222222', 'subnet-33333333'] });
    expect(request.subnetId).toBe('subnet-11111111');
    expect(request.fleet?.moreSubnetIds).toEqual(['subnet-22222222', 'subnet-33333333']);
  });

  it('keeps nothing without a terminal unless it is said which, and asks on one', () => {
    expect(merge(flags).request.fleet?.keep).toBe('none');
    expect(mergeRunOptions(flags, {}, { isTerminal: true }).request.fleet?.keep).toBe('ask');
    expect(merge({ ...flags, keep: '1,3' }, { cleanup: { keep: 'all' } }).request.fleet?.keep).toEqual([1, 3]);
  });

  it('refuses ids that cannot be ids before anybody is asked', () => {
    expect(faults({ ...flags, amiId: 'al2023', securityGroupId: 'my-group' })).toEqual([
      expect.stringMatching(/--ami-id.*"al2023" is not an image id/),
      expect.stringMatching(/--security-group-id.*"my-group" is not a group id/),
    ]);
  });

  it('wants consent to what costs: bare metal, many instances, many hours', () => {
    const metal = {
      ...flags,
      instanceTypes: 'm7i.metal-24xl:3',
      maxInstances: '2',
      maxInstanceHours: '2.5',
      duration: '1h',
    };
    expect(faults(metal).join('\n')).toMatch(
      /--allow-metal.*m7i\.metal-24xl[\s\S]*at most 2 are allowed[\s\S]*3\.0 instance-hours/,
    );
    expect(faults({ ...metal, allowMetal: true, maxInstances: '3', maxInstanceHours: '3' })).toEqual([]);
  });

  it('adds the tags of the command line to those of the file', () => {
    expect(
      merge({ ...flags, tag: ['team=clock', 'cost=1=2'] }, { tags: { team: 'x', room: '7' } }).request.tags,
    ).toEqual({
      team: 'clock',
      room: '7',
      cost: '1=2',
    });
  });
});
