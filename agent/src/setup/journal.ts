/** What the setup changed, with every file's bytes from before: written to disk before each change, so that all of it can be undone. */
import Type, { type Static } from 'typebox';
import { Value } from 'typebox/value';
import type { Host } from './host.ts';

const Entry = Type.Object(
  {
    path: Type.String({ pattern: '^/' }),
    /** Base64; null: there was no such file. */
    before: Type.Union([Type.String(), Type.Null()]),
    mode: Type.Union([Type.Integer(), Type.Null()]),
    /** What is undone together. */
    part: Type.Union([Type.Literal('driver'), Type.Literal('device'), Type.Literal('chrony')]),
  },
  { additionalProperties: false },
);
const JournalFile = Type.Object(
  { version: Type.Literal(1), entries: Type.Array(Entry) },
  { additionalProperties: false },
);
type Entry = Static<typeof Entry>;

export type SetupPart = Entry['part'];

const encoder = new TextEncoder();
const MODE_BITS = 0o7777;
const PRIVATE = 0o600;

export class Journal {
  readonly #path: string;
  readonly #host: Host;

  constructor(path: string, host: Host) {
    this.#path = path;
    this.#host = host;
  }

  /** Whether anything of this part is to be undone. */
  async has(part: SetupPart): Promise<boolean> {
    return (await this.read()).some((entry) => entry.part === part);
  }

  /**
   * What setups left, from the disk each time: chronyd's own start undoes its part in a process of its own. Throws when the file is there and
   * is not a journal: undoing by it would destroy.
   */
  async read(): Promise<readonly Entry[]> {
    const bytes = await this.#host.readFile(this.#path);
    if (bytes === null) return [];
    const value: unknown = JSON.parse(new TextDecoder().decode(bytes));
    if (!Value.Check(JournalFile, value)) throw new Error(`${this.#path} is not a journal of this version`);
    return value.entries;
  }

  /** Writes a file; true when that changed it. What the file was before our first change is what undoing restores. */
  async write(part: SetupPart, path: string, text: string): Promise<boolean> {
    const bytes = encoder.encode(text);
    const before = await this.#host.readFile(path);
    if (before !== null && Buffer.from(before).equals(bytes)) return false;
    const mode = await this.#host.fileMode(path);
    const entries = await this.read();
    if (!entries.some((entry) => entry.path === path)) {
      const saved = before === null ? null : Buffer.from(before).toString('base64');
      await this.#save([...entries, { part, path, before: saved, mode }]);
    }
    await this.#host.writeFile(path, bytes, mode === null ? undefined : mode & MODE_BITS);
    return true;
  }

  /** Puts the files of these parts back as they were, the last change first. Returns their paths. */
  async undo(parts: readonly SetupPart[]): Promise<string[]> {
    const entries = await this.read();
    const undone = entries.filter(({ part }) => parts.includes(part)).reverse();
    for (const { path, before, mode } of undone) {
      if (before === null) await this.#host.removeFile(path);
      else
        await this.#host.writeFile(path, Buffer.from(before, 'base64'), mode === null ? undefined : mode & MODE_BITS);
    }
    const left = entries.filter(({ part }) => !parts.includes(part));
    if (left.length > 0) await this.#save(left);
    else await this.#host.removeFile(this.#path);
    return undone.map(({ path }) => path);
  }

  async #save(entries: readonly Entry[]): Promise<void> {
    const file = { version: 1, entries };
    await this.#host.writeFile(this.#path, encoder.encode(`${JSON.stringify(file, null, 1)}\n`), PRIVATE);
  }
}
