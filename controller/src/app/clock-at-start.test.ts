import { expect, it } from 'vitest';
import type { Ec2 } from '../fleet/ec2.ts';
import { madeRun, madeSpec } from '../runs/made-run.fixture.ts';
import type { Run } from '../runs/run.ts';
import { clockOffBy } from './clock-at-start.ts';

const AWS_NOW = Date.UTC(2026, 10, 20, 12);
const HOUR_MS = 3_600_000;

interface Case {
  readonly runs: readonly Run[];
  readonly offByMs: number;
  readonly hasAgeLimit?: boolean;
  readonly answer?: () => Promise<never[]>;
}

/** Starts with a clock that is off; tells what is found, and which runs AWS was asked for. */
async function start({ runs, offByMs, hasAgeLimit = false, answer = () => Promise.resolve([]) }: Case) {
  const asked: (string | null)[] = [];
  const now = () => AWS_NOW + offByMs;
  let awsTime: number | null = null;
  const ec2: Pick<Ec2, 'describeInstances' | 'serverTime'> = {
    describeInstances: () => {
      awsTime = AWS_NOW;
      return answer();
    },
    serverTime: () => awsTime ?? now(),
  };
  const ec2For = ({ run }: { readonly run: string | null }) => {
    asked.push(run);
    return ec2 as Ec2;
  };
  const found = await clockOffBy({ repository: { runs: () => runs }, ec2For, hasAgeLimit, now });
  return { found, asked };
}

const open = madeRun({ id: 'open', state: 'soaking', createdAt: AWS_NOW - HOUR_MS }, madeSpec({}));
const ended = madeRun({ id: 'ended', state: 'ended', createdAt: AWS_NOW - 2 * HOUR_MS }, madeSpec({}));

it.each([HOUR_MS, -365 * 24 * HOUR_MS])('tells that the clock is off by %d ms where a run is open', async (offByMs) => {
  expect(await start({ runs: [ended, open], offByMs })).toEqual({ found: offByMs, asked: ['open'] });
});

it('a refusal tells the time as well', async () => {
  const answer = () => Promise.reject(new Error('RequestExpired'));
  expect(await start({ runs: [open], offByMs: HOUR_MS, answer })).toMatchObject({ found: HOUR_MS });
});

it('what the answer may take on its way is not taken for a wrong clock', async () => {
  expect(await start({ runs: [open], offByMs: 20_000 })).toMatchObject({ found: 0 });
});

it('AWS is not asked where nothing depends on the time', async () => {
  expect(await start({ runs: [ended], offByMs: HOUR_MS })).toEqual({ found: 0, asked: [] });
  expect(await start({ runs: [], offByMs: HOUR_MS, hasAgeLimit: true })).toEqual({ found: 0, asked: [] });
});

it('where samples are removed by age, ended runs depend on it too', async () => {
  expect(await start({ runs: [ended], offByMs: HOUR_MS, hasAgeLimit: true })).toEqual({
    found: HOUR_MS,
    asked: ['ended'],
  });
});
