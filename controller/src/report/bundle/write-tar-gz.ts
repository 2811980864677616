/** A .tar.gz of files, streamed: POSIX.1-1988 ustar, which every tar reads. */
import { createReadStream, createWriteStream } from 'node:fs';
import { rename, rm, stat } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';

export interface TarEntry {
  /** In the archive, ASCII: folders up to 155 characters, the file itself up to 100. */
  readonly name: string;
  /** The file that is put there. */
  readonly path: string;
}

const BLOCK = 512;
const NAME_BYTES = 100;
const PREFIX_BYTES = 155;
const OWNER_ONLY = '0000600';

/** Readable by its owner only, and there whole or not at all. Throws for a name that does not fit. */
export async function writeTarGz(path: string, entries: readonly TarEntry[], modifiedAtS: number): Promise<void> {
  const temporary = `${path}.new`;
  await rm(temporary, { force: true });
  const target = createWriteStream(temporary, { mode: 0o600, flags: 'wx', flush: true });
  try {
    await pipeline(Readable.from(tarChunks(entries, modifiedAtS)), createGzip(), target);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
  await rename(temporary, path);
}

async function* tarChunks(entries: readonly TarEntry[], modifiedAtS: number): AsyncGenerator<Uint8Array> {
  for (const { name, path } of entries) {
    const { size } = await stat(path);
    yield tarHeader(name, size, modifiedAtS);
    let sent = 0;
    for await (const chunk of createReadStream(path, { end: Math.max(0, size - 1) })) {
      sent += chunk.length;
      yield chunk;
    }
    if (sent !== size) throw new Error(`${path} became shorter while it was read`);
    yield new Uint8Array((BLOCK - (size % BLOCK)) % BLOCK);
  }
  yield new Uint8Array(2 * BLOCK);
}

/** One header block (pax(1), "ustar Interchange Format"). */
export function tarHeader(name: string, size: number, modifiedAtS: number): Uint8Array {
  const cut = name.length <= NAME_BYTES ? -1 : name.lastIndexOf('/');
  const [folder, file] = [name.slice(0, Math.max(0, cut)), name.slice(cut + 1)];
  if (!/^[\x21-\x7e]+$/.test(name) || file.length > NAME_BYTES || folder.length > PREFIX_BYTES)
    throw new Error(`"${name}" does not fit into a tar header`);
  const header = Buffer.alloc(BLOCK);
  const octal = (value: number) => value.toString(8).padStart(11, '0');
  header.write(file, 0);
  header.write(OWNER_ONLY, 100);
  header.write('0000000', 108);
  header.write('0000000', 116);
  header.write(octal(size), 124);
  header.write(octal(modifiedAtS), 136);
  // The checksum counts itself as spaces.
  header.write('        ', 148);
  header.write('0', 156);
  header.write('ustar\0', 257, 'latin1');
  header.write('00', 263);
  header.write(folder, 345);
  const sum = header.reduce((total, byte) => total + byte, 0);
  header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'latin1');
  return header;
}
