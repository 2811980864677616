// Instances as virtual machines of one image.
import type { Isolation } from '../isolation.ts';
import { HOST_ADDRESS } from './qemu-words.ts';
import { readVmImage, VmImageError } from './vm-image.ts';
import { VmMachine, type VmUserData } from './vm-machine.ts';

/** What whoever starts the endpoint says of its virtual machines. */
export interface VmOptions {
  /** The image's description, see vm-image.ts. */
  readonly imagePath: string;
  readonly userData: VmUserData;
  /** Ports of 127.0.0.1 that guests reach at 169.254.10.10; nothing else of the world can be reached. */
  readonly forwards: readonly number[];
}

/** Throws VmImageError. */
export function openVmIsolation(
  options: VmOptions | undefined,
  { nodePath, hostPath }: { nodePath: string; hostPath: string },
): Isolation {
  if (options === undefined) throw new VmImageError('', 'is not named, which isolation vm needs');
  const { userData, forwards } = options;
  const image = readVmImage(options.imagePath);
  return {
    name: 'vm',
    addressPrefix: undefined,
    hostAddress: HOST_ADDRESS,
    createMachine: ({ folder, marker }, dependencies) =>
      new VmMachine({ image, userData, forwards, folder, marker, nodePath, hostPath }, dependencies),
    close: () => Promise.resolve(),
  };
}
