/** Takes the kernel out of its compressed form: an emulated CPU would spend two seconds of every boot on that. */
import { readFile, writeFile } from 'node:fs/promises';
import { zstdDecompressSync } from 'node:zlib';
import { LabError } from './lab-error.ts';
import { runTool, type ToolOptions } from './run-tool.ts';

const ELF = Buffer.from([0x7f, 0x45, 0x4c, 0x46]);
const ZSTD = Buffer.from([0x28, 0xb5, 0x2f, 0xfd]);
const XZ = Buffer.from([0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00]);

/** Boot protocol header of x86 (Documentation/arch/x86/boot.rst): where the compressed kernel lies in a bzImage. */
const SETUP_SECTORS_AT = 0x1f1;
const PAYLOAD_OFFSET_AT = 0x248;
const PAYLOAD_LENGTH_AT = 0x24c;
const SECTOR_BYTES = 512;

export async function extractVmlinux(image: string, target: string, tool: ToolOptions): Promise<void> {
  const bytes = await readFile(image);
  const setupBytes = ((bytes[SETUP_SECTORS_AT] ?? 0) + 1) * SECTOR_BYTES;
  const start = setupBytes + bytes.readUInt32LE(PAYLOAD_OFFSET_AT);
  // The last four bytes are the length after decompression, which no decoder knows of.
  const payload = bytes.subarray(start, start + bytes.readUInt32LE(PAYLOAD_LENGTH_AT) - 4);
  if (startsWith(payload, ZSTD)) {
    await writeFile(target, zstdDecompressSync(payload));
  } else if (startsWith(payload, XZ)) {
    await writeFile(`${target}.xz`, payload);
    await runTool(['xz', '--decompress', '--force', `${target}.xz`], tool);
  } else {
    throw new LabError('build_failed', `${image} is compressed in a way that is not known here`);
  }
  if (!startsWith(await readFile(target), ELF)) throw new LabError('build_failed', `${target} is no kernel`);
}

function startsWith(bytes: Uint8Array, magic: Uint8Array): boolean {
  return magic.every((byte, at) => bytes[at] === byte);
}
