import { describe, expect, it } from 'vitest';
import { qemuWords, type VmFacts } from './qemu-words.ts';

const FACTS: VmFacts = {
  image: {
    qemu: ['qemu'],
    qemuEnvironment: {},
    qemuImg: ['qemu-img'],
    kernel: '/lab/vmlinux',
    initrd: '/lab/initrd.img',
    disk: '/lab/disk.raw',
    append: 'quiet',
    memoryMib: 448,
    cpus: 2,
    devices: ['edu,addr=0x5'],
    resume: 'resume',
    userData: 'run',
    snapshot: null,
  },
  folder: '/srv/a,b',
  disk: '/srv/a,b/disk.qcow2',
  instanceId: 'i-0123456789abcdef0',
  instanceType: 'm7i.large',
  mac: '02:00:00:00:00:01',
  metadataPort: 40_001,
  forwards: [7600, 7601],
  relay: ['/usr/bin/node', '/relay.ts'],
  cloudInit: true,
  loadTag: null,
};

function after(option: string, words: readonly string[]): string[] {
  return words.flatMap((word, at) => (words[at - 1] === option ? [word] : []));
}

describe('the command line of a virtual machine', () => {
  it('lets the guest reach the metadata service and the forwarded ports, and nothing else', () => {
    const [network] = after('-netdev', qemuWords(FACTS));
    expect(network).toMatch(/^user,id=net,restrict=on,/);
    expect(network?.match(/guestfwd=/g)).toHaveLength(3);
    expect(network).toContain('guestfwd=tcp:169.254.169.254:80-cmd:/usr/bin/node /relay.ts 127.0.0.1 40001');
    expect(network).toContain('guestfwd=tcp:169.254.10.10:7601-cmd:/usr/bin/node /relay.ts 127.0.0.1 7601');
  });

  it('doubles the commas of paths, which would end the option', () => {
    const words = qemuWords(FACTS).join(' ');
    expect(words).toContain('file=/srv/a,,b/disk.qcow2');
    expect(words).not.toMatch(/a,b/);
  });

  it('shows the serial number and UUID by which cloud-init knows EC2', () => {
    const [smbios] = after('-smbios', qemuWords(FACTS));
    expect(smbios).toContain('uuid=ec201234-5678-9abc-def0-000000000000,serial=ec201234-5678-9abc-def0-000000000000');
  });

  it('restores a snapshot only when told, and turns cloud-init off for the light path', () => {
    expect(qemuWords(FACTS)).not.toContain('-loadvm');
    const light = qemuWords({ ...FACTS, cloudInit: false, loadTag: 'ready' });
    expect(after('-loadvm', light)).toEqual(['ready']);
    expect(after('-append', light)).toEqual(['quiet cloud-init=disabled']);
  });
});
