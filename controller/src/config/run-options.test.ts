import { describe, expect, it } from 'vitest';
import { ConfigError } from './config-error.ts';
import { DEFAULT_SIMULATED_PHC, mergeRunOptions } from './run-options.ts';

const flags = { instanceTypes: 'c7i.large:2', subnetId: 'subnet-12345678' };

describe('mergeRunOptions', () => {
  it('lets the command line win over the file and says where each value came from', () => {
    const { request, effective } = mergeRunOptions(
      { ...flags, duration: '20s' },
      { soak: { duration: '3w', interval_ms: 500 }, region: 'eu-north-1' },
    );
    expect(request).toMatchObject({ durationS: 20, region: 'eu-north-1', batch: { maxAgeMs: 1000 } });
    expect(request.sources.phc?.interval_ms).toBe(500);
    const from = Object.fromEntries(effective.map(({ name, from }) => [name, from]));
    expect(from).toMatchObject({ duration: 'command line', interval_ms: 'configuration file', readings: 'default' });
  });

  it('closes batches at 5 s in long runs', () => {
    expect(mergeRunOptions({ ...flags, duration: '14d' }, {}).request.batch.maxAgeMs).toBe(5000);
  });

  it('reports every problem at once', () => {
    try {
      mergeRunOptions({ duration: 'soon', interval: '1', readings: '99' }, {});
      expect.unreachable();
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error;
      const fields = error.problems.map(({ field }) => field);
      expect(fields.sort()).toEqual(['--duration', '--instance-types', '--interval', '--readings', '--subnet-id']);
    }
  });

  it('refuses a plan over the read budget, with the arithmetic', () => {
    const tooMany = () => mergeRunOptions({ ...flags, interval: '100', readings: '25' }, {});
    expect(tooMany).toThrow(/25 readings every 100 ms are 250\/s, chronyd takes 25\/s.*must be at least 500 ms/);
  });

  it('simulates the PHC only when asked to', () => {
    expect(mergeRunOptions(flags, {}).request.sources.phc).toMatchObject({ mode: 'device' });
    expect(mergeRunOptions({ ...flags, simulatePhc: true }, {}).request.sources.phc).toMatchObject({
      mode: 'simulated',
      simulated: DEFAULT_SIMULATED_PHC,
    });
  });
});
