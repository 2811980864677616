/** Which command makes the initramfs anew. */
import { describe, expect, it } from 'vitest';
import { initramfsWithEna, renewCommand } from './initramfs.ts';
import { type MadeHost, makeHost } from './made-host.ts';

const WITH_ENA = 'usr/lib/modules/6.12.1/kernel/drivers/net/ethernet/amazon/ena/ena.ko.xz\n';
const WITHOUT = 'usr/lib/modules/6.12.1/kernel/drivers/net/virtio_net.ko.xz\n';

describe('the initramfs', () => {
  it.each([
    { lists: 'lsinitrd', renew: 'dracut --regenerate-all --force' },
    { lists: 'lsinitramfs /boot/initrd.img-6.12.1', renew: 'update-initramfs -u -k all' },
  ])('that $lists shows with ena in it is made anew for every kernel', async ({ lists, renew }) => {
    const command = await initramfsWithEna(machine(lists, WITH_ENA));
    expect(command?.join(' ')).toBe(renew);
    const [program, args] = renewCommand(command ?? ['']);
    expect([program, ...args].join(' ')).toBe(renew);
  });

  it('without ena, and where no program can list it, is left alone', async () => {
    expect(await initramfsWithEna(machine('lsinitramfs', WITHOUT))).toBeNull();
    expect(await initramfsWithEna(machine('uname', '6.12.1\n'))).toBeNull();
  });
});

function machine(command: string, output: string): MadeHost {
  const host = makeHost();
  host.answer('uname -r', '6.12.1\n');
  host.answer(command, output);
  return host;
}
