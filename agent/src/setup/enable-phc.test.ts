/** Turning the PHC on, on a machine in memory. */
import { expect, it } from 'vitest';
import type { EnaDriver } from './ena-driver.ts';
import { decideEnable, enableByDevlink, enableByModule } from './enable-phc.ts';
import { Journal } from './journal.ts';
import { makeHost, ranWell } from './made-host.ts';
import { lastReload } from './reload-driver.ts';

const FOLDER = '/var/lib/ptp-tester-setup';
const MAINLINE: EnaDriver = {
  interfaces: [{ name: 'ens5', pciAddress: '0000:00:05.0' }],
  family: 'mainline',
  version: '6.18.1',
  compatible: true,
  phcEnable: null,
  ptpClass: true,
};
const ENA = 'usr/lib/modules/6.12.1/kernel/drivers/net/ethernet/amazon/ena/ena.ko\n';

it('an initramfs that could be made anew only for some kernels is made anew without PHC', async () => {
  const host = makeHost();
  host.answer('uname -r', '6.12.1\n');
  host.answer('lsinitramfs', ENA);
  const hadOption: boolean[] = [];
  host.answer('update-initramfs', () => {
    hadOption.push(host.files.has('/etc/modprobe.d/ptp-tester-ena.conf'));
    return { kind: 'ran', exitCode: 1, output: 'No space left on device' };
  });
  const journal = new Journal(`${FOLDER}/journal.json`, host);
  const end = await enableByModule({ host, journal, folder: FOLDER });
  expect(end).toEqual({ outcome: 'failed', detail: 'update-initramfs ended with 1: No space left on device' });
  expect(hadOption).toEqual([true, false]);
  expect((await journal.read()).map(({ path }) => path)).toEqual([]);
});

it('a mainline driver that takes enable_phc and registers no clock costs the network once in a boot', async () => {
  const host = makeHost();
  const boot = (id: string) => host.writeFile('/proc/sys/kernel/random/boot_id', Buffer.from(`${id}\n`));
  const outcome = (text: string) => host.writeFile(`${FOLDER}/driver-reload`, Buffer.from(text));
  await boot('first');
  host.answer('devlink', '');
  host.answer('systemd-run', () => {
    void outcome('enabled first\n');
    return ranWell('');
  });
  const journal = new Journal(`${FOLDER}/journal.json`, host);
  await enableByDevlink({ host, journal, folder: FOLDER }, '0000:00:05.0');
  const decide = async () => {
    const earlier = await lastReload({ host, folder: FOLDER });
    return decideEnable({ driver: MAINLINE, hasClock: false, wanted: 'auto', earlier });
  };
  expect(await decide()).toEqual({
    how: 'not',
    reason: expect.stringContaining(
      'devlink took enable_phc, the driver was loaded again with it, and there is no clock',
    ),
  });
  await boot('second');
  expect((await decide()).how).toBe('devlink');
});
