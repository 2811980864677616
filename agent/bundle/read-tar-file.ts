/** One file out of a tar archive (POSIX.1-1988 ustar), for machines that have no tar command (pure). */

const BLOCK = 512;
const NAME_BYTES = 100;
const SIZE_AT = 124;
const SIZE_BYTES = 12;

/** The file's bytes; null when the archive has no file of this name. */
export function readTarFile(archive: Uint8Array, name: string): Uint8Array | null {
  for (let at = 0; at + BLOCK <= archive.length; ) {
    const header = archive.subarray(at, at + BLOCK);
    const size = Number.parseInt(textOf(header.subarray(SIZE_AT, SIZE_AT + SIZE_BYTES)), 8) || 0;
    if (textOf(header.subarray(0, NAME_BYTES)) === name) return archive.subarray(at + BLOCK, at + BLOCK + size);
    at += BLOCK + Math.ceil(size / BLOCK) * BLOCK;
  }
  return null;
}

function textOf(bytes: Uint8Array): string {
  const end = bytes.indexOf(0);
  return new TextDecoder().decode(end < 0 ? bytes : bytes.subarray(0, end)).trim();
}
