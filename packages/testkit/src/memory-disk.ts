/** A spool folder in memory that can be full and can lose what was not synced, as a real disk does when the machine goes. */

interface MemoryFile {
  bytes: Uint8Array;
  /** So much survives a crash for certain. */
  syncedBytes: number;
}

/** What a process sees of the disk; fits the agent's `SpoolDisk`. */
export interface MemoryDiskSession {
  list(): Promise<string[]>;
  read(name: string, part?: { readonly offset: number; readonly length: number }): Promise<Uint8Array>;
  append(name: string, bytes: Uint8Array): Promise<void>;
  sync(name: string): Promise<void>;
  truncate(name: string, size: number): Promise<void>;
  replace(name: string, bytes: Uint8Array): Promise<void>;
  remove(name: string): Promise<void>;
  close(): Promise<void>;
}

export class MemoryDisk {
  readonly #files = new Map<string, MemoryFile>();
  #session = 0;
  /** How much can still be written. */
  freeBytes = Number.POSITIVE_INFINITY;

  /** A process opens the disk. Whatever an earlier process still asks for never happens and never answers. */
  open(): MemoryDiskSession {
    this.#session += 1;
    const session = this.#session;
    const act = async <T>(work: () => T): Promise<T> => {
      // An operation takes effect some time after it was asked for: the process may be killed in between.
      await null;
      if (session !== this.#session) return new Promise<T>(() => undefined);
      return work();
    };
    return {
      list: () => act(() => [...this.#files.keys()]),
      read: (name, part) => act(() => this.#read(name, part)),
      append: (name, bytes) => act(() => this.#append(name, bytes)),
      sync: (name) => act(() => this.#sync(name)),
      truncate: (name, size) => act(() => this.#truncate(name, size)),
      replace: (name, bytes) => act(() => this.#replace(name, bytes)),
      remove: (name) => act(() => this.#remove(name)),
      close: () => act(() => undefined),
    };
  }

  /** The process is killed and the machine with it: of what was not synced, this part (0 to 1) is left. */
  crash(keptPart: number): void {
    this.#session += 1;
    for (const [name, file] of this.#files) {
      const kept = file.syncedBytes + Math.floor((file.bytes.length - file.syncedBytes) * keptPart);
      if (kept === 0) this.#files.delete(name);
      else this.#files.set(name, { bytes: file.bytes.slice(0, kept), syncedBytes: kept });
    }
  }

  #file(name: string): MemoryFile {
    const file = this.#files.get(name);
    if (file === undefined) throw Object.assign(new Error(`ENOENT: ${name}`), { code: 'ENOENT' });
    return file;
  }

  #take(bytes: Uint8Array): Uint8Array {
    const fits = bytes.subarray(0, Math.min(bytes.length, this.freeBytes));
    this.freeBytes -= fits.length;
    return fits;
  }

  #read(name: string, part?: { readonly offset: number; readonly length: number }): Uint8Array {
    const { bytes } = this.#file(name);
    return part === undefined ? bytes.slice() : bytes.slice(part.offset, part.offset + part.length);
  }

  #append(name: string, added: Uint8Array): void {
    const file = this.#files.get(name) ?? { bytes: new Uint8Array(), syncedBytes: 0 };
    const fits = this.#take(added);
    const bytes = new Uint8Array(file.bytes.length + fits.length);
    bytes.set(file.bytes);
    bytes.set(fits, file.bytes.length);
    this.#files.set(name, { bytes, syncedBytes: file.syncedBytes });
    if (fits.length < added.length) throw noSpace();
  }

  #sync(name: string): void {
    const file = this.#file(name);
    file.syncedBytes = file.bytes.length;
  }

  #truncate(name: string, size: number): void {
    const bytes = this.#file(name).bytes.slice(0, size);
    this.#files.set(name, { bytes, syncedBytes: bytes.length });
  }

  #replace(name: string, bytes: Uint8Array): void {
    if (this.#take(bytes).length < bytes.length) throw noSpace();
    this.#files.set(name, { bytes: bytes.slice(), syncedBytes: bytes.length });
  }

  #remove(name: string): void {
    this.#file(name);
    this.#files.delete(name);
  }
}

function noSpace(): Error {
  return Object.assign(new Error('ENOSPC: no space left on device'), { code: 'ENOSPC' });
}
