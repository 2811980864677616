/** This browser's clock as a signal that ticks once a second, for ages and times left. */
import { signal } from '@preact/signals';

export const nowMs = signal(Date.now());

setInterval(() => {
  nowMs.value = Date.now();
}, 1000);
