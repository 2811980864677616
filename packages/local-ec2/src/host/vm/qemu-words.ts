// The command line of one virtual machine. Pure.
import { join } from 'node:path';
import type { VmImage } from './vm-image.ts';

/**
 * Inside the guest: the metadata service, and the address under which ports of this machine's loopback are reached. The network is
 * link-local as a whole, because QEMU forwards only addresses of its own network; nothing else of the world can be reached.
 */
const METADATA_ADDRESS = '169.254.169.254';
export const HOST_ADDRESS = '169.254.10.10';
const NETWORK = 'net=169.254.0.0/16,host=169.254.0.2,dns=169.254.0.3,dhcpstart=169.254.0.15';

/** Names of the guest's command ports, and of their sockets in the machine's folder: one for the endpoint, one for whoever tests. */
export const COMMAND_PORTS = { endpoint: 'ptp-tester.endpoint', shell: 'ptp-tester.shell' } as const;
export const QMP_SOCKET = 'qmp.sock';

export interface VmFacts {
  readonly image: VmImage;
  /** For the sockets. */
  readonly folder: string;
  readonly disk: string;
  readonly instanceId: string;
  readonly instanceType: string;
  readonly mac: string;
  /** Port of the metadata service on 127.0.0.1. */
  readonly metadataPort: number;
  /** Ports of 127.0.0.1 that the guest reaches at HOST_ADDRESS. */
  readonly forwards: readonly number[];
  /** Program and script of the relay; address and port are added. */
  readonly relay: readonly string[];
  readonly cloudInit: boolean;
  /** Restore this snapshot of the disk instead of booting. */
  readonly loadTag: string | null;
}

/** Everything after the emulator itself. TCG: the one accelerator that every machine has. */
export function qemuWords(facts: VmFacts): string[] {
  const { image, folder } = facts;
  const append = facts.cloudInit ? image.append : `${image.append} cloud-init=disabled`;
  const socket = (name: string) => `path=${escaped(join(folder, name))},server=on,wait=off`;
  const ports = Object.values(COMMAND_PORTS).flatMap((name) => [
    ...['-chardev', `socket,id=${name},${socket(`${name}.sock`)}`],
    ...['-device', `virtserialport,chardev=${name},name=${name}`],
  ]);
  return [
    ...['-accel', 'tcg', '-M', 'q35', '-cpu', 'max', '-smp', String(image.cpus), '-m', String(image.memoryMib)],
    ...['-nodefaults', '-no-user-config', '-display', 'none'],
    ...['-chardev', 'stdio,id=console,signal=off', '-serial', 'chardev:console'],
    ...['-smbios', smbios(facts)],
    ...['-kernel', image.kernel, '-initrd', image.initrd, '-append', append],
    ...['-drive', `id=disk,if=none,file=${escaped(facts.disk)},format=qcow2,cache=unsafe`],
    ...['-device', 'virtio-blk-pci,drive=disk'],
    ...['-netdev', network(facts), '-device', `virtio-net-pci,netdev=net,romfile=,mac=${facts.mac}`],
    ...['-object', 'rng-random,id=random,filename=/dev/urandom', '-device', 'virtio-rng-pci,rng=random'],
    ...['-device', 'virtio-serial-pci', ...ports],
    ...image.devices.flatMap((device) => ['-device', device]),
    ...['-qmp', `unix:${escaped(join(folder, QMP_SOCKET))},server=on,wait=off`],
    ...(facts.loadTag === null ? [] : ['-loadvm', facts.loadTag]),
  ];
}

/** One program per connection: QEMU hands it the connection as its standard input and output. */
function network({ metadataPort, forwards, relay }: VmFacts): string {
  const rule = (address: string, port: number, target: number) =>
    `guestfwd=tcp:${address}:${port}-cmd:${escaped([...relay, '127.0.0.1', String(target)].join(' '))}`;
  const rules = [rule(METADATA_ADDRESS, 80, metadataPort), ...forwards.map((port) => rule(HOST_ADDRESS, port, port))];
  return ['user,id=net,restrict=on,ipv6=off', NETWORK, ...rules].join(',');
}

/** By these cloud-init's ds-identify knows EC2: a UUID that begins with ec2, equal to the serial number. */
function smbios({ instanceId, instanceType }: VmFacts): string {
  const digits = `ec2${instanceId.replace(/[^0-9a-f]/g, '')}`.padEnd(32, '0').slice(0, 32);
  const uuid = digits.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
  return `type=1,manufacturer=Amazon EC2,product=${escaped(instanceType)},uuid=${uuid},serial=${uuid}`;
}

/** A comma ends an option's value in QEMU; a doubled one does not. */
function escaped(value: string): string {
  return value.replaceAll(',', ',,');
}
