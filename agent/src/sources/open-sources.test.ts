/** Plans against the real addon and made trees. */
import { STREAM_NAMES, STREAMS } from '@ptp-tester/measurement';
import { loadNativeClocks } from '@ptp-tester/native';
import type { SourcesPlan } from '@ptp-tester/wire';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { machineSourceDependencies } from './machine-dependencies.ts';
import { type MadeMachine, makeMachine } from './made-machine.ts';
import { openSources, type PlannedSource, type SourceDependencies } from './open-sources.ts';

let machine: MadeMachine;
let dependencies: SourceDependencies;
beforeEach(() => {
  machine = makeMachine();
  const self = { spoolBytes: () => 0, spoolRecords: () => 0, missedTicks: () => 0, uplinkRttNs: () => Number.NaN };
  const real = machineSourceDependencies({ native: loadNativeClocks(), self, instanceIndex: 1 });
  const chronyc = { program: '/nowhere/chronyc', args: [], timeoutMs: 100 };
  // Port 9 (discard): nothing answers there.
  const address = { host: '127.0.0.1', port: 9, timeoutMs: 50, attempts: 1 };
  dependencies = { ...real, roots: machine.roots, chrony: { address, chronyc } };
});
afterEach(() => machine.remove());

const every = { interval_ms: 1000 };
const truth = {
  seed: 1,
  offset_ns: 0,
  frequency_ppb: 0,
  white_noise_ns: 0,
  random_walk_ns: 0,
  read_delay_ns: 1000,
  faults: [],
};

async function openOne(plan: SourcesPlan): Promise<PlannedSource> {
  const [planned, ...more] = await openSources(plan, dependencies);
  if (planned === undefined || more.length > 0) throw new Error('one source is planned');
  return planned;
}

function absenceOf(planned: PlannedSource): string {
  return 'absent' in planned.opened ? planned.opened.absent : '';
}

describe('opening the sources of a plan', () => {
  it('opens what is planned and nothing else, each with its interval', async () => {
    machine.file('proc/stat', 'cpu  1 2 3 4 5 6 7 8 9 10\n');
    const planned = await openSources({ raw: every, host: { interval_ms: 500 } }, dependencies);
    expect(planned.map(({ stream, intervalMs }) => [stream, intervalMs])).toEqual([
      ['raw', 1000],
      ['host', 500],
    ]);
    expect(planned.every(({ opened }) => 'source' in opened)).toBe(true);
  });

  it('gives every source of every stream on the real machine values that fit its columns', async () => {
    const plan: SourcesPlan = {
      raw: every,
      phc: { interval_ms: 250, readings: 3, mode: 'simulated', simulated: truth },
      kernel: every,
      chrony: every,
      chrony_source: every,
      ena: every,
      host: every,
      self: every,
    };
    const onMachine = { ...dependencies, roots: { proc: '/proc', sys: '/sys', dev: '/dev', etc: '/etc' } };
    const planned = await openSources(plan, onMachine);
    expect(planned.map(({ stream }) => stream)).toEqual(STREAM_NAMES);
    const opened = planned.flatMap(({ opened: outcome }) => ('source' in outcome ? [outcome.source] : []));
    expect(opened.map(({ stream }) => stream)).toEqual(
      expect.arrayContaining(['raw', 'phc', 'kernel', 'host', 'self']),
    );
    for (const source of opened) {
      const output = await source.read({ wakeLateNs: 0 });
      for (const { values } of output.readings) expect(values).toHaveLength(STREAMS[source.stream].columns.length - 2);
      await source.close();
    }
  });

  it('says why a source is absent', async () => {
    expect(absenceOf(await openOne({ phc: { interval_ms: 250, readings: 3, mode: 'device' } }))).toContain(
      'no ENA PHC',
    );
    expect(absenceOf(await openOne({ chrony: every }))).toContain('chronyd does not answer');
    expect(absenceOf(await openOne({ ena: every }))).toContain('no network interface uses the ENA driver');
  });

  it('opens a source again when the machine has changed', async () => {
    const planned = await openOne({ host: every });
    expect(planned.opened).toHaveProperty('absent');
    machine.file('proc/stat', 'cpu  1 2 3 4 5 6 7 8 9 10\n');
    expect(await planned.reopen()).toHaveProperty('source');
  });

  it('reports a device that cannot be read as failed, not as absent', async () => {
    machine.ena({ pci: '0000:00:05.0', interfaceName: 'ens5', ptp: 'ptp0' });
    const { opened } = await openOne({ phc: { interval_ms: 250, readings: 3, mode: 'device' } });
    expect(opened).toMatchObject({ failed: { message: expect.stringContaining('ENOTTY') } });
  });
});

describe('the read budget', () => {
  it('refuses a plan that takes too much together with chronyd, with the arithmetic', async () => {
    machine.ena({ pci: '0000:00:05.0', interfaceName: 'ens5', ptp: 'ptp0' });
    machine.link('dev/ptp_ena', 'dev/ptp0');
    machine.file('etc/chrony.conf', 'refclock PHC /dev/ptp_ena poll 0 delay 0.000010 prefer\n');
    const refused = absenceOf(await openOne({ phc: { interval_ms: 50, readings: 3, mode: 'device' } }));
    expect(refused).toContain('read budget');
    expect(refused).toContain('60/s');
    expect(refused).toContain('25/s');
  });

  it('counts chronyd also where its clock came with it, after the sources were opened', async () => {
    const planned = await openOne({ phc: { interval_ms: 50, readings: 3, mode: 'device' } });
    expect(absenceOf(planned)).toContain('no ENA PHC');
    machine.ena({ pci: '0000:00:05.0', interfaceName: 'ens5', ptp: 'ptp0' });
    machine.file('etc/chrony.conf', 'refclock PHC /dev/ptp0 poll 0 delay 0.000010 prefer\n');
    expect(await planned.reopen()).toMatchObject({ absent: expect.stringContaining('25/s') });
  });

  it('does not count a refclock on another clock', async () => {
    machine.ena({ pci: '0000:00:05.0', interfaceName: 'ens5', ptp: 'ptp0' });
    machine.file('etc/chrony.conf', 'refclock PHC /dev/ptp9 dpoll -2 poll 0\n');
    const planned = await openOne({ phc: { interval_ms: 50, readings: 3, mode: 'device' } });
    expect(absenceOf(planned)).toBe('');
  });

  it('does not bind a simulated clock', async () => {
    const planned = await openOne({ phc: { interval_ms: 10, readings: 25, mode: 'simulated', simulated: truth } });
    expect(planned.opened).toHaveProperty('source');
  });
});
