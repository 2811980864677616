/** The inspection of made machines, with the real addon; programs are answered by the test. */

import { createSocket, type Socket } from 'node:dgram';
import { readFileSync, utimesSync } from 'node:fs';
import { join } from 'node:path';
import { loadNativeClocks } from '@ptp-tester/native';
import { encodeMessage, type PhcSourcePlan, parseAgentMessage, type Status } from '@ptp-tester/wire';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { machineSourceDependencies } from '../sources/machine-dependencies.ts';
import { type MadeMachine, makeClocks, makeMachine } from '../sources/made-machine.ts';
import { changedFacts, readEnvironment } from './environment.ts';
import { type InspectDependencies, inspectMachine } from './inspect.ts';
import { type CommandResult, runCommand } from './run-command.ts';

let machine: MadeMachine;
let dependencies: InspectDependencies;
let answers: Record<string, CommandResult>;
let asked: string[];
beforeEach(() => {
  machine = makeMachine();
  answers = {};
  asked = [];
  const self = { spoolBytes: () => 0, spoolRecords: () => 0, missedTicks: () => 0, uplinkRttNs: () => Number.NaN };
  const native = { ...loadNativeClocks(), readEthtoolDriver: () => 19 };
  dependencies = {
    ...machineSourceDependencies({ native, self, instanceIndex: 1 }),
    roots: machine.roots,
    chrony: {
      address: { host: '127.0.0.1', port: 9, timeoutMs: 50, attempts: 1 },
      chronyc: { program: '/nowhere/chronyc', args: [], timeoutMs: 100 },
    },
    runCommand: (program, args) => {
      const line = [program, ...args].join(' ');
      asked.push(line);
      return Promise.resolve(answers[line] ?? { kind: 'absent' });
    },
  };
});
afterEach(() => machine.remove());

const simulatedPlan: PhcSourcePlan = {
  interval_ms: 250,
  readings: 3,
  mode: 'simulated',
  simulated: {
    seed: 1,
    offset_ns: 300,
    frequency_ppb: 0,
    white_noise_ns: 0,
    random_walk_ns: 0,
    read_delay_ns: 1000,
    faults: [],
  },
};

function amznDriver(parameter: string | null): void {
  machine.file('sys/module/ena/version', '2.17.0g\n');
  if (parameter !== null) machine.file('sys/module/ena/parameters/phc_enable', `${parameter}\n`);
}

describe('inspecting a machine', () => {
  it('without ENA tests nothing', async () => {
    const { ptpStatus, capability, setup } = await inspectMachine(null, dependencies);
    expect(capability.value).toBe('not_tested');
    expect(setup.value).toBe('not_attempted');
    expect(ptpStatus).toMatchObject({
      supported: false,
      ena_driver_version: null,
      clock_device: null,
      simulated: false,
    });
    expect(ptpStatus.error_message).toBe(capability.reason);
  });

  it('finds positive evidence against a PHC: built in, enabled, and no clock', async () => {
    machine.ena({ pci: '0000:00:05.0', interfaceName: 'ens5' });
    amznDriver('1');
    const { capability, ptpStatus } = await inspectMachine(null, dependencies);
    expect(capability.value).toBe('unsupported');
    expect(ptpStatus).toMatchObject({ ena_driver_version: '2.17.0g', ena_driver_compatible: true });
  });

  it('does not take a PHC that is switched off for evidence', async () => {
    machine.ena({ pci: '0000:00:05.0', interfaceName: 'ens5' });
    amznDriver('0');
    expect((await inspectMachine(null, dependencies)).capability.value).toBe('not_tested');
  });

  it('knows the kernel’s own driver by its missing module version', async () => {
    machine.ena({ pci: '0000:00:05.0', interfaceName: 'ens5' });
    machine.file('sys/module/ena/refcnt', '0\n');
    machine.file('proc/sys/kernel/osrelease', '6.12.3-cloud-amd64\n');
    const { capability, ptpStatus } = await inspectMachine(null, dependencies);
    expect(capability).toMatchObject({ value: 'not_tested', reason: expect.stringContaining('Linux 6.17') });
    expect(ptpStatus).toMatchObject({ ena_driver_version: '6.12.3-cloud-amd64', ena_driver_compatible: false });
  });

  it('shows a clock that is there and cannot be read', async () => {
    machine.ena({ pci: '0000:00:05.0', interfaceName: 'ens5', ptp: 'ptp0' });
    machine.link('dev/ptp_ena', 'dev/ptp0');
    amznDriver('1');
    const { capability, ptpStatus } = await inspectMachine(null, dependencies);
    expect(capability).toMatchObject({ value: 'not_tested', reason: expect.stringContaining('ENOTTY') });
    expect(ptpStatus).toMatchObject({
      hardware_clock_present: true,
      ptp_ena_symlink_present: true,
      clock_name: 'ena-ptp-05',
      clock_device: `${machine.roots.dev}/ptp0`,
    });
  });

  it('says SIMULATED everywhere when the plan simulates', async () => {
    const { capability, ptpStatus } = await inspectMachine(simulatedPlan, dependencies);
    expect(capability).toMatchObject({ value: 'supported', reason: expect.stringMatching(/^SIMULATED/) });
    expect(ptpStatus).toMatchObject({
      supported: true,
      simulated: true,
      clock_name: 'SIMULATED',
      clock_device: null,
      hardware_clock_present: false,
      time_offset_ns: 300,
      error_message: null,
    });
  });
});

describe('chronyd that follows the PHC', () => {
  const file = new URL('../../../packages/chrony/fixtures/captured.json', import.meta.url);
  const captured = JSON.parse(readFileSync(file, 'utf8')) as Record<string, { tracking: string }>;

  /** A command port that answers tracking with a captured reply (1 s before the clocks of the test). */
  async function chronydSaying(scenario: string): Promise<Socket> {
    const server = createSocket('udp4');
    server.on('message', (request, from) => {
      const reply = Buffer.from(captured[scenario]?.tracking ?? '', 'hex');
      request.copy(reply, 16, 8, 12);
      server.send(reply, from.port, from.address);
    });
    await new Promise<void>((resolve) => server.bind(0, '127.0.0.1', resolve));
    return server;
  }

  it.each([
    ['phc_behind', 'refclock PHC /dev/ptp_ena poll 0', { usingPhc: true, setup: 'locked' }],
    ['phc_behind', 'refclock PHC /dev/ptp9 poll 0', { usingPhc: false, setup: 'not_attempted' }],
    ['ntp_behind', 'refclock PHC /dev/ptp_ena poll 0', { usingPhc: false, setup: 'not_attempted' }],
  ])('%s with "%s" is %j', async (scenario, line, expected) => {
    machine.ena({ pci: '0000:00:05.0', interfaceName: 'ens5', ptp: 'ptp0' });
    machine.link('dev/ptp_ena', 'dev/ptp0');
    machine.file('etc/chrony.conf', `${line}\n`);
    const server = await chronydSaying(scenario);
    try {
      const address = { host: '127.0.0.1', port: server.address().port, timeoutMs: 500, attempts: 2 };
      const clocks = makeClocks(1_795_221_904_000_000_000n);
      const chrony = { ...dependencies.chrony, address };
      const { ptpStatus, setup } = await inspectMachine(null, { ...dependencies, clocks, chrony });
      expect({ usingPhc: ptpStatus.chrony_using_phc, setup: setup.value }).toEqual(expected);
      expect(ptpStatus.chrony_synchronized).toBe(true);
      // A day later the same answer means a chronyd without updates.
      clocks.advance(86_400e9);
      const stale = await inspectMachine(null, { ...dependencies, clocks, chrony });
      expect(stale.ptpStatus).toMatchObject({ chrony_synchronized: false, chrony_using_phc: false });
      expect(stale.setup.value).toBe('not_attempted');
    } finally {
      server.close();
    }
  });
});

describe('diagnostics', () => {
  it('have what the tools print, cut to 4096 characters, or say that a tool is missing', async () => {
    machine.ena({ pci: '0000:00:05.0', interfaceName: 'ens5', ptp: 'ptp0' });
    answers['chronyc -n sources'] = { kind: 'ran', exitCode: 0, output: 'x'.repeat(10_000) };
    answers['chronyc -n tracking'] = { kind: 'ran', exitCode: 1, output: '506 Cannot talk to daemon\n' };
    answers['ethtool -i ens5'] = { kind: 'failed', problem: 'no end within 5000 ms' };
    answers[`ls -l ${machine.roots.dev}/ptp0`] = { kind: 'ran', exitCode: 0, output: 'crw------- ptp0\n' };
    const { diagnostic_output: texts } = (await inspectMachine(null, dependencies)).ptpStatus;
    expect(texts['chronyc -n sources']).toHaveLength(4096);
    expect(texts['chronyc -n sources']).toMatch(/\[cut\]$/);
    expect(texts['chronyc -n tracking']).toBe('506 Cannot talk to daemon\n[exit code 1]');
    expect(texts['ethtool -i ens5']).toBe('ethtool: no end within 5000 ms');
    expect(texts['modinfo ena']).toBe('modinfo is not installed');
    expect(texts['ls -l /dev/ptp*']).toBe('crw------- ptp0\n');
  });

  it('only look', async () => {
    machine.ena({ pci: '0000:00:05.0', interfaceName: 'ens5' });
    await inspectMachine(null, dependencies);
    const allowed = /^(chronyc -n (sources|tracking)|modinfo ena|ethtool -[iT] \w+|ls -l .*)$/;
    expect(asked.filter((line) => !allowed.test(line))).toEqual([]);
    expect(asked.length).toBeGreaterThan(4);
  });
});

it('an inspection fits into a status message', async () => {
  for (const name of ['ens5', 'ens6', 'ens7', 'ens8']) {
    machine.ena({ pci: `0000:00:0${name.slice(-1)}.0`, interfaceName: name });
  }
  const { ptpStatus, capability, setup } = await inspectMachine(simulatedPlan, dependencies);
  const status: Status = {
    type: 'status',
    generation: 1,
    phase: 'measuring',
    epoch: '0123456789abcdef',
    capability,
    setup,
    ptp_status: { ...ptpStatus, diagnostic_output: { ...ptpStatus.diagnostic_output } },
    spool_records: 0,
  };
  expect(parseAgentMessage(encodeMessage(status))).toEqual(status);
});

describe('the environment', () => {
  const processFacts = { agent_version: '1', node_version: 'v24', cpu_count: 4 };

  it('has the facts of the machine, and null for what it does not have', async () => {
    machine.file('proc/sys/kernel/random/boot_id', '6d9e5b00-f32e-45fa-881c-6fcd902e1100\n');
    machine.file('sys/devices/system/clocksource/clocksource0/current_clocksource', 'tsc\n');
    machine.file('etc/chrony.conf', 'a\n');
    answers['chronyd --version'] = { kind: 'ran', exitCode: 0, output: 'chronyd (chrony) version 4.3 (+CMDMON)\n' };
    expect(await readEnvironment(processFacts, dependencies)).toEqual({
      ...processFacts,
      boot_id: '6d9e5b00-f32e-45fa-881c-6fcd902e1100',
      kernel: null,
      clocksource: 'tsc',
      ena_driver_version: null,
      chrony_version: '4.3',
      chrony_config_path: `${machine.roots.etc}/chrony.conf`,
      // printf 'a\n' | sha256sum
      chrony_config_sha256: '87428fc522803d31065e7bce3cf03fe475096631e5e07bbd7a0fde60c4cf25c7',
      chrony_max_clock_error_ppm: 1,
      chrony_max_clock_error_set: false,
      ena_driver_build: null,
      packages_changed_at: null,
    });
  });

  it('shows an update of packages, another build of the driver, and what maxclockerror is set to', async () => {
    const before = await readEnvironment(processFacts, dependencies);
    machine.file('etc/chrony/chrony.conf', 'confdir /etc/chrony/conf.d\n');
    machine.file('etc/chrony/conf.d/bound.conf', 'maxclockerror 50\n');
    machine.file('sys/module/ena/srcversion', '533BB7E5866E52F63B9ACCB\n');
    machine.file('var/lib/dpkg/status', 'Package: chrony\n');
    utimesSync(join(machine.root, 'var/lib/dpkg/status'), 1_795_000_000, 1_795_000_000);
    const changed = changedFacts(before, await readEnvironment(processFacts, dependencies));
    expect(changed).toMatchObject({
      chrony_max_clock_error_ppm: { before: null, after: 50 },
      chrony_max_clock_error_set: { before: null, after: true },
      ena_driver_build: { before: null, after: '533BB7E5866E52F63B9ACCB' },
      packages_changed_at: { before: null, after: '2026-11-18T11:06:40.000Z' },
    });
  });

  it('is compared fact by fact', async () => {
    machine.file('sys/devices/system/clocksource/clocksource0/current_clocksource', 'tsc\n');
    const before = await readEnvironment(processFacts, dependencies);
    expect(changedFacts(before, await readEnvironment(processFacts, dependencies))).toBeNull();
    machine.file('sys/devices/system/clocksource/clocksource0/current_clocksource', 'kvm-clock\n');
    const after = await readEnvironment(processFacts, dependencies);
    expect(changedFacts(before, after)).toEqual({ clocksource: { before: 'tsc', after: 'kvm-clock' } });
  });
});

describe('running a program', () => {
  it('gives its output and exit code', async () => {
    expect(await runCommand('sh', ['-c', 'echo out; echo err >&2; exit 3'])).toEqual({
      kind: 'ran',
      exitCode: 3,
      output: 'out\nerr\n',
    });
  });

  it('says that a program is absent', async () => {
    expect(await runCommand('no-such-program-here', [])).toEqual({ kind: 'absent' });
  });
});
