/** Counts how often in a row the same record of an instance was due when something broken arrived. */

const LIMIT = 3;

interface Due {
  readonly epoch: string;
  readonly sequence: number;
  readonly times: number;
}

export class BrokenRecords {
  readonly #due = new Map<string, Due>();

  /** Counts one more; true the third time in a row for the same record, and then it starts anew. */
  isThird(instanceId: string, epoch: string, sequence: number): boolean {
    const before = this.#due.get(instanceId);
    const same = before?.epoch === epoch && before.sequence === sequence;
    const times = same ? before.times + 1 : 1;
    if (times < LIMIT) this.#due.set(instanceId, { epoch, sequence, times });
    else this.#due.delete(instanceId);
    return times >= LIMIT;
  }
}
