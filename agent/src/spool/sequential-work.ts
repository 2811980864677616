/** Runs asynchronous pieces of work one after another, in the order they were asked for. */
export class SequentialWork {
  #last: Promise<unknown> = Promise.resolve();

  /** A failure is the caller's; the work after it goes on. */
  run<T>(work: () => Promise<T>): Promise<T> {
    const result = this.#last.then(work, work);
    this.#last = result;
    return result;
  }
}
