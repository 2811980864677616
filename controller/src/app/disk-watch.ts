/** The data directory's disk, looked at when somebody asks: free space and when it will be full. */
import { statfsSync } from 'node:fs';
import { forecastDisk, withReading } from '../notify/disk-forecast.ts';
import type { DiskForecast } from '../notify/situation.ts';

export class DiskWatch {
  readonly #path: string;
  #history: Parameters<typeof forecastDisk>[0] = [];

  constructor(path: string) {
    this.#path = path;
  }

  /** `at`: ms since 1970. */
  look(at: number): DiskForecast | null {
    const { bavail, blocks, bsize } = statfsSync(this.#path);
    const reading = { at, freeBytes: bavail * bsize, totalBytes: blocks * bsize };
    this.#history = withReading(this.#history, reading);
    return forecastDisk(this.#history);
  }
}
