/** Turning the PHC on, on a machine in memory. */
import { expect, it } from 'vitest';
import { enableByModule } from './enable-phc.ts';
import { Journal } from './journal.ts';
import { makeHost } from './made-host.ts';

const FOLDER = '/var/lib/ptp-tester-setup';
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
  expect(journal.paths).toEqual([]);
});
