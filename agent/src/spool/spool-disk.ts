/** What the spool asks of a disk. Paths are names within the spool's folder. Every failure rejects with the system's error. */
export interface SpoolDisk {
  /** Names of the files in the folder, in any order. */
  list(): Promise<string[]>;
  /** The whole file, or the part of it; shorter where the file ends. */
  read(name: string, part?: { readonly offset: number; readonly length: number }): Promise<Uint8Array>;
  /** Adds bytes to the file's end, making the file if need be. Durable only after `sync`. A failure may leave a part written. */
  append(name: string, bytes: Uint8Array): Promise<void>;
  /** Everything appended to this file, and the file's name, is on the disk afterwards. */
  sync(name: string): Promise<void>;
  /** Cuts the file to `size`; durable. */
  truncate(name: string, size: number): Promise<void>;
  /** Puts a whole file in place, atomically and durable. */
  replace(name: string, bytes: Uint8Array): Promise<void>;
  remove(name: string): Promise<void>;
  /** Releases what is held open. */
  close(): Promise<void>;
}
