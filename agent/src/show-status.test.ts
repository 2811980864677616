import { describe, expect, it } from 'vitest';
import { showStatus } from './show-status.ts';
import { buildStatus, NOT_INSPECTED } from './status.ts';
import { asStatusFile, type StatusFile } from './status-file.ts';

const BOOT = '6d9e5b00-f32e-45fa-881c-6fcd902e1100';
const FILE: StatusFile = {
  version: 1,
  agent_version: '0.3.0',
  pid: 812,
  boot_id: BOOT,
  written_at_s: 90_000,
  started_at_s: 100,
  run: '20261120-231757-k3f9',
  instance_id: 'i-0123456789abcdef0',
  connection: { connected: true, problem: null, failures: 0 },
  spool_bytes: 4096,
  missed_ticks: 3,
  lease_left_s: 7500,
  status: buildStatus({
    generation: 2,
    phase: 'measuring',
    epoch: '0123456789abcdef',
    spoolRecords: 4,
    disarmed: false,
    inspection: {
      capability: { value: 'supported', reason: 'ena-ptp-05 was found and read.' },
      setup: { value: 'not_attempted', reason: 'chronyd is not synchronised.' },
      ptpStatus: { ...NOT_INSPECTED.ptpStatus, time_offset_ns: -184 },
      phcNotSelectedInTime: false,
    },
  }),
};

describe('agent status', () => {
  it('says what the agent does, finds, and is waiting for', () => {
    expect(asStatusFile(JSON.parse(JSON.stringify(FILE)))).toEqual(FILE);
    expect(showStatus(FILE, { bootId: BOOT, rawS: 90_040 })).toEqual({
      isCurrent: true,
      text: `ptp-tester agent 0.3.0, run 20261120-231757-k3f9, instance i-0123456789abcdef0
  agent       measuring, pid 812, for 1 d
  PHC         supported: ena-ptp-05 was found and read.
  chrony      not attempted: chronyd is not synchronised.
  offset      system clock 184 ns behind the PHC when last looked at
  plan        generation 2
  controller  connected
  spool       4 records (4 KiB) not delivered
  missed      3 samples that were due and not taken
  ends        powers off in 2 h 5 min unless the controller says otherwise
`,
    });
  });

  it.each([
    { what: 'that stopped writing', now: { bootId: BOOT, rawS: 90_181 }, says: 'for 3 min 1 s' },
    { what: 'of before a reboot', now: { bootId: 'another', rawS: 90_001 }, says: 'since the machine started' },
  ])('says of an agent $what that it does not run', ({ now, says }) => {
    const { text, isCurrent } = showStatus(FILE, now);
    expect(isCurrent).toBe(false);
    expect(text).toContain(`NOT RUNNING, or it hangs: it has not written its status ${says}`);
  });

  it('says of one that has finished that it has, however long ago', () => {
    const finished: StatusFile = { ...FILE, status: { ...FILE.status, phase: 'finished' } };
    const { text, isCurrent } = showStatus(finished, { bootId: BOOT, rawS: 500_000 });
    expect(isCurrent).toBe(true);
    expect(text).toContain('agent       finished: the plan is done, and everything is delivered');
  });

  it('says why there is no connection, and that a kept instance stays', () => {
    const connection = { connected: false, problem: 'connect ECONNREFUSED 10.0.0.5:7600', failures: 12 };
    const { text } = showStatus({ ...FILE, connection, lease_left_s: null }, { bootId: BOOT, rawS: 90_000 });
    expect(text).toContain(
      'NOT CONNECTED (12 attempts): connect ECONNREFUSED 10.0.0.5:7600. Samples wait in the spool',
    );
    expect(text).toContain('ends        not by itself: the instance is kept');
  });

  it('takes no file of another version', () => {
    expect(asStatusFile({ ...FILE, version: 2 })).toBeNull();
    expect(asStatusFile(null)).toBeNull();
  });
});
