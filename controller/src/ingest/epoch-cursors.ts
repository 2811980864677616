/** How far each epoch of each instance of a run is taken. Ahead of the disk only while a group is being committed. */
import type { EpochCursor } from '../store/sample-store.ts';

export class EpochCursors {
  readonly #byInstance = new Map<string, Map<string, number>>();

  constructor(cursors: readonly EpochCursor[]) {
    for (const { instanceId, epoch, through } of cursors) this.advance(instanceId, epoch, through);
  }

  /** The last sequence taken; 0 for an epoch that is not known. */
  through(instanceId: string, epoch: string): number {
    return this.#byInstance.get(instanceId)?.get(epoch) ?? 0;
  }

  has(instanceId: string, epoch: string): boolean {
    return this.#byInstance.get(instanceId)?.has(epoch) === true;
  }

  epochCount(instanceId: string): number {
    return this.#byInstance.get(instanceId)?.size ?? 0;
  }

  advance(instanceId: string, epoch: string, through: number): void {
    const known = this.#byInstance.get(instanceId);
    if (known === undefined) this.#byInstance.set(instanceId, new Map([[epoch, through]]));
    else known.set(epoch, through);
  }
}
