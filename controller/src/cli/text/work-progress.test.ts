/** The line that tells how far long work is. */
import { expect, test } from 'vitest';
import { analysisProgressText, createWorkProgress } from './work-progress.ts';

function output(isTTY: boolean) {
  const written: string[] = [];
  const write = (text: string) => written.push(text) > 0;
  return { written, stream: { write, isTTY, columns: 30 } as unknown as NodeJS.WriteStream };
}

test('on a terminal one line is rewritten, cut to its width, and taken away at the end', () => {
  const { written, stream } = output(true);
  const progress = createWorkProgress(stream, () => 0);
  progress.show(analysisProgressText({ done: 1, total: 100 }));
  progress.show('short');
  progress.done();
  progress.done();
  expect(written).toEqual(['\r\u001b[Kreport: 1 of 100 instances an', '\r\u001b[Kshort', '\r\u001b[K']);
});

test('elsewhere short work says nothing, long work a line every five seconds', () => {
  const { written, stream } = output(false);
  let now = 1000;
  const progress = createWorkProgress(stream, () => now);
  progress.show('at once');
  now += 5000;
  progress.show('after five seconds');
  progress.show('directly after');
  progress.done();
  expect(written).toEqual(['after five seconds\n']);
});
