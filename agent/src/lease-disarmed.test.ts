import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { INITIAL_LEASE, LeaseKeeper, leaseExpiry, leaseRemainingS, renewLease } from './lease.ts';

const LEASE = { type: 'lease', orphan_s: 600, ends_in_s: 3600 } as const;

test('a disarmed lease never runs out, until one comes that is not', () => {
  const disarmed = renewLease(INITIAL_LEASE, { ...LEASE, disarmed: true });
  expect(leaseExpiry({ ...disarmed, consumedS: 1e9 })).toBeNull();
  expect(leaseRemainingS({ ...disarmed, consumedS: 1e9 })).toBe(Number.POSITIVE_INFINITY);
  const armed = renewLease({ ...disarmed, consumedS: 100 }, LEASE);
  expect(leaseRemainingS(armed)).toBe(600);
});

test('a disarmed lease survives a restart and a reboot', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'ptp-lease-'));
  const open = (bootId: string) => LeaseKeeper.open({ path: join(folder, 'lease.json'), bootId, monoS: () => 1000 });
  try {
    const keeper = await open('boot-1');
    await keeper.renew(LEASE);
    await keeper.renew({ ...LEASE, disarmed: true });
    expect((await open('boot-1')).state.disarmed).toBe(true);
    expect((await open('boot-2')).state.disarmed).toBe(true);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
