import { expect, it } from 'vitest';
import { failedCall } from '../fleet/aws/logged-call.ts';
import type { Ec2 } from '../fleet/ec2.ts';
import { madeRun, madeSpec } from '../runs/made-run.fixture.ts';
import type { Run } from '../runs/run.ts';
import { clockOffBy } from './clock-at-start.ts';

const AWS_NOW = Date.UTC(2026, 10, 20, 12);
const HOUR_MS = 3_600_000;

const refusal = Object.assign(new Error('expired'), {
  name: 'RequestExpired',
  $metadata: { httpStatusCode: 400, requestId: 'r-1' },
});
const NO_NETWORK = failedCall('ec2:DescribeInstances', Object.assign(new Error('no such host'), { code: 'ENOTFOUND' }));

interface Case {
  readonly runs: readonly Run[];
  readonly offByMs: number;
  readonly hasAgeLimit?: boolean;
  /** Of each question in turn; then AWS answers. */
  readonly failures?: readonly Error[];
}

/** Starts with a clock that is off; tells what is found, and which runs AWS was asked for. */
async function start({ runs, offByMs, hasAgeLimit = false, failures = [] }: Case) {
  const left = [...failures];
  const pauses: number[] = [];
  const asked: (string | null)[] = [];
  const now = () => AWS_NOW + offByMs;
  let awsTime: number | null = null;
  const ec2: Pick<Ec2, 'describeInstances' | 'serverTime'> = {
    describeInstances: () => {
      const failure = left.shift();
      if (failure !== NO_NETWORK) awsTime = AWS_NOW;
      return failure === undefined ? Promise.resolve([]) : Promise.reject(failure);
    },
    serverTime: () => awsTime ?? now(),
  };
  const ec2For = ({ run }: { readonly run: string | null }) => {
    asked.push(run);
    return ec2 as Ec2;
  };
  const pause = (ms: number) => Promise.resolve(pauses.push(ms)).then(() => undefined);
  const waiting = { pause, late: new Promise<void>(() => undefined) };
  const found = await clockOffBy({ repository: { runs: () => runs }, ec2For, hasAgeLimit, now, ...waiting });
  return { found, asked, pauses };
}

const open = madeRun({ id: 'open', state: 'soaking', createdAt: AWS_NOW - HOUR_MS }, madeSpec({}));
const ended = madeRun({ id: 'ended', state: 'ended', createdAt: AWS_NOW - 2 * HOUR_MS }, madeSpec({}));

it.each([HOUR_MS, -365 * 24 * HOUR_MS])('tells that the clock is off by %d ms where a run is open', async (offByMs) => {
  expect(await start({ runs: [ended, open], offByMs })).toMatchObject({ found: offByMs, asked: ['open'] });
});

it('a refusal tells the time as well', async () => {
  const failures = [failedCall('ec2:DescribeInstances', refusal)];
  expect(await start({ runs: [open], offByMs: HOUR_MS, failures })).toMatchObject({ found: HOUR_MS, pauses: [] });
});

it('a network that is not there yet is waited for', async () => {
  const failures = [NO_NETWORK, NO_NETWORK];
  const { found, pauses } = await start({ runs: [open], offByMs: HOUR_MS, failures });
  expect({ found, pauses }).toEqual({ found: HOUR_MS, pauses: [1000, 1000] });
});

it('what the answer may take on its way is not taken for a wrong clock', async () => {
  expect(await start({ runs: [open], offByMs: 20_000 })).toMatchObject({ found: 0 });
});

it('AWS is not asked where nothing depends on the time', async () => {
  expect(await start({ runs: [ended], offByMs: HOUR_MS })).toMatchObject({ found: 0, asked: [] });
  expect(await start({ runs: [], offByMs: HOUR_MS, hasAgeLimit: true })).toMatchObject({ found: 0, asked: [] });
});

it('where samples are removed by age, ended runs depend on it too', async () => {
  expect(await start({ runs: [ended], offByMs: HOUR_MS, hasAgeLimit: true })).toMatchObject({
    found: HOUR_MS,
    asked: ['ended'],
  });
});
