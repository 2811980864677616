/** Judges runs while they soak, on one thread of its own that stays: so that it neither blocks the caller nor begins anew each time. */
import { Worker } from 'node:worker_threads';
import type { InterimAnswer, InterimRequest, InterimVerdict } from './interim-worker.ts';

/** Who waits for the thread's answer. */
interface Asking {
  resolve(answer: InterimAnswer): void;
  reject(error: unknown): void;
}

export class InterimAnalyst {
  #worker: Worker | null = null;
  #asking: Asking | null = null;

  /** One at a time. Rejects with what went wrong; with the signal's reason when it is aborted, and the thread is ended then. */
  async judge(request: InterimRequest, signal: AbortSignal): Promise<InterimVerdict> {
    signal.throwIfAborted();
    this.#worker ??= this.#start();
    const worker = this.#worker;
    const onAbort = () => {
      this.#asking?.reject(signal.reason);
      void this.rest();
    };
    signal.addEventListener('abort', onAbort, { once: true });
    try {
      const answer = await new Promise<InterimAnswer>((resolve, reject) => {
        this.#asking = { resolve, reject };
        worker.postMessage(request);
      });
      if (answer.kind === 'failed') throw new Error(answer.message);
      return answer.verdict;
    } finally {
      this.#asking = null;
      signal.removeEventListener('abort', onAbort);
    }
  }

  /** Nothing is to be judged for a while: lets go of the thread and what it holds. */
  async rest(): Promise<void> {
    const worker = this.#worker;
    this.#worker = null;
    await worker?.terminate();
  }

  #start(): Worker {
    const url = new URL('./interim-worker.ts', import.meta.url);
    // A young generation of the usual size would let garbage grow to some hundred MB before anybody looks.
    const worker = new Worker(url, { name: 'interim', resourceLimits: { maxYoungGenerationSizeMb: 8 } });
    const gone = (error: unknown) => {
      if (this.#worker === worker) this.#worker = null;
      this.#asking?.reject(error);
    };
    worker.on('message', (answer: InterimAnswer) => this.#asking?.resolve(answer));
    worker.on('error', gone);
    worker.on('exit', (code) => gone(new Error(`the judging thread ended with ${code}`)));
    return worker;
  }
}
