import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { beginLife, type Life, nextLife } from './short-lives.ts';

/** Lives of so many seconds one after the other, a second between them; how long each waited before, seconds. */
function live(lengthsS: readonly number[]): { readonly pausesS: number[]; readonly tookS: number } {
  const pausesS: number[] = [];
  let last: Life | null = null;
  let monoS = 100;
  for (const lengthS of lengthsS) {
    const next = nextLife(last, { bootId: 'b', monoS }, 0.5);
    last = next.life;
    pausesS.push(next.pauseMs / 1000);
    monoS += next.pauseMs / 1000 + lengthS + 1;
  }
  return { pausesS, tookS: monoS - 100 };
}

it('ten short lives are followed by the next at once, more of them wait longer and longer', () => {
  const { pausesS } = live(Array(22).fill(0.5));
  expect(pausesS.slice(0, 11)).toEqual(Array(11).fill(0));
  expect(pausesS.slice(11)).toEqual([0.75, 1.5, 3, 6, 12, 24, 48, 96, 192, 225, 225]);
});

it('a life that lasts lets the next ones be quick again', () => {
  const { pausesS } = live([...Array(15).fill(0.5), 3600, 0.5, 0.5]);
  expect(pausesS[14]).toBeGreaterThan(0);
  expect(pausesS.slice(-2)).toEqual([0, 0]);
});

it('an agent that fails at once for three weeks lives some thousand times, not a million', () => {
  const { tookS } = live(Array(1000).fill(0.5));
  expect((1000 / tookS) * 21 * 86_400).toBeLessThan(9000);
});

it('what a boot ended was no short life', () => {
  const last = { boot_id: 'before', started_s: 10, short_before: 20 };
  expect(nextLife(last, { bootId: 'after', monoS: 15 }, 0.5)).toMatchObject({ pauseMs: 0, life: { short_before: 0 } });
});

it('the next start of the process goes on counting', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'ptp-lives-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const begin = () => beginLife(join(folder, 'lives.json'), { bootId: 'b', monoS: 100 }, 0.5);
  const counts = [await begin(), await begin(), await begin()].map(({ life }) => life.short_before);
  expect(counts).toEqual([0, 1, 2]);
});
