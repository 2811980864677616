import { describe, expect, it } from 'vitest';
import type { EnaDriver } from './ena-driver.ts';
import { judgeCapability, judgeSetup } from './judge-machine.ts';

const driver: EnaDriver = {
  interfaces: [{ name: 'ens5', pciAddress: '0000:00:05.0' }],
  family: 'amzn',
  version: '2.17.0g',
  compatible: true,
  phcEnable: true,
  ptpClass: true,
};

describe('capability without a clock', () => {
  it.each([
    { machine: {}, value: 'unsupported', says: 'precision-time placement group' },
    { machine: { phcEnable: false }, value: 'not_tested', says: 'phc_enable=0' },
    { machine: { phcEnable: null }, value: 'not_tested', says: 'built without PHC' },
    {
      machine: { version: '2.8.3g', compatible: false },
      value: 'not_tested',
      says: '2.8.3g is too old: PHC needs 2.10.0',
    },
    { machine: { interfaces: [] }, value: 'not_tested', says: 'No network interface uses the ENA driver' },
    { machine: { ptpClass: false }, value: 'not_tested', says: '/sys/class/ptp' },
    { machine: { family: 'mainline', phcEnable: null, compatible: false }, value: 'not_tested', says: 'Linux 6.17' },
    { machine: { family: 'mainline', phcEnable: null }, value: 'not_tested', says: 'devlink' },
  ] as const)('is $value where the reason is "$says"', ({ machine, value, says }) => {
    const facts = { probe: { kind: 'absent' }, otherClocks: [], deviceHasNoPhc: null, enabling: null } as const;
    const verdict = judgeCapability({ ...facts, driver: { ...driver, ...machine } });
    expect(verdict.value).toBe(value);
    expect(verdict.reason).toContain(says);
  });

  it('names the clocks that are not ENA’s', () => {
    const otherClocks = ['KVM virtual PTP (/dev/ptp0)'];
    const facts = { probe: { kind: 'absent' }, driver, deviceHasNoPhc: null, enabling: null } as const;
    expect(judgeCapability({ ...facts, otherClocks }).reason).toContain(otherClocks[0]);
  });
});

it('takes the mainline driver at its word that the device has no PHC', () => {
  const mainline: EnaDriver = { ...driver, family: 'mainline', phcEnable: null };
  const deviceHasNoPhc = "devlink ended with 1: Error: ena: Device doesn't support PHC.";
  const verdict = judgeCapability({
    probe: { kind: 'absent' },
    driver: mainline,
    otherClocks: [],
    deviceHasNoPhc,
    enabling: null,
  });
  expect(verdict.value).toBe('unsupported');
  expect(verdict.reason).toContain(deviceHasNoPhc);
});

it('says of a mainline driver without a clock what the setup did about it, and does not take that for a no', () => {
  const mainline: EnaDriver = { ...driver, family: 'mainline', phcEnable: null, version: '6.18.1' };
  const enabling = 'enable_phc set by devlink on pci/0000:00:05.0; the driver was loaded again with PHC';
  const facts = { probe: { kind: 'absent' }, driver: mainline, otherClocks: [], deviceHasNoPhc: null } as const;
  expect(judgeCapability({ ...facts, enabling })).toEqual({
    value: 'not_tested',
    reason: `The mainline ENA driver (6.18.1) registers no PHC; enabling it: ${enabling}.`,
  });
  expect(judgeCapability({ ...facts, enabling: null }).reason).toContain('no setup has set enable_phc');
});

describe('capability with a clock', () => {
  it('is supported when it was read', () => {
    const probe = { kind: 'read', clock: 'ena-ptp-05', offsetNs: 5, method: 'extended', simulated: false } as const;
    expect(judgeCapability({ probe, driver, otherClocks: [], deviceHasNoPhc: null, enabling: null })).toEqual({
      value: 'supported',
      reason: 'ena-ptp-05 was found and read.',
    });
  });

  it('says so when it was read by the older call', () => {
    const probe = { kind: 'read', clock: 'ena-ptp-05', method: 'basic', offsetNs: 5, simulated: false } as const;
    const { value, reason } = judgeCapability({ probe, driver, otherClocks: [], deviceHasNoPhc: null, enabling: null });
    expect(value).toBe('supported');
    expect(reason).toContain('does not offer PTP_SYS_OFFSET_EXTENDED');
  });

  it('is not tested when it could not be read', () => {
    const probe = { kind: 'unreadable', problem: '/dev/ptp0: EACCES' } as const;
    const verdict = judgeCapability({ probe, driver, otherClocks: [], deviceHasNoPhc: null, enabling: null });
    expect(verdict.value).toBe('not_tested');
    expect(verdict.reason).toContain('EACCES');
  });

  it('says SIMULATED first when the clock is our own', () => {
    const probe = { kind: 'read', clock: 'SIMULATED', method: 'simulated', offsetNs: 5, simulated: true } as const;
    expect(judgeCapability({ probe, driver, otherClocks: [], deviceHasNoPhc: null, enabling: null }).reason).toMatch(
      /^SIMULATED/,
    );
  });
});

describe('setup', () => {
  it.each([
    [{ follows: 'PHC0', synchronised: true }, true, 'locked', 'chronyd follows the PHC (PHC0).'],
    [
      { follows: '169.254.169.123', synchronised: true },
      false,
      'not_attempted',
      'follows 169.254.169.123, and it does not follow the PHC',
    ],
    [{ follows: 'its own clock', synchronised: false }, false, 'not_attempted', 'chronyd is not synchronised'],
    [{ absent: 'chronyd does not answer' }, false, 'not_attempted', 'chronyd does not answer'],
  ] as const)('%j -> %s: %s', (...row) => {
    const [chrony, usingPhc, value, says] = row;
    const verdict = judgeSetup({ chrony, usingPhc, hasPhc: true });
    expect(verdict.value).toBe(value);
    expect(verdict.reason).toContain(says);
  });
});
