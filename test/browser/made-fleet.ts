/** A small fleet in which each instance has another fault, for the pages to show. */
import type { VerdictSoFar } from '../../controller/src/api/schemas.ts';
import type { SimulatedTruth } from '../simulation/simulated-truth.ts';
import type { SiteInstance } from './web-site.ts';

const DURATION_S = 1800;
const CALM: SimulatedTruth = {
  durationS: DURATION_S,
  whiteNs: 22,
  walkNs: 4,
  everyStream: true,
  driverReadsPerS: () => 37,
  readDelayNs: (t) => Math.round(1500 + 90 * Math.sin(t / 40)),
};
const within = (t: number, from: number, to: number) => t >= from && t < to;

export const MADE_FLEET: readonly SiteInstance[] = [
  { truth: CALM },
  {
    // chronyd loses the PHC for two minutes and coasts.
    truth: {
      ...CALM,
      seed: 2,
      systemNs: (t) => (within(t, 700, 820) ? (t - 700) * 35 : 0),
      chrony: {
        selected: (t) => !within(t, 700, 820),
        boundNs: (t) => (within(t, 700, 820) ? Math.round(21_000 + (t - 700) * 900) : 21_000),
      },
    },
  },
  {
    // Somebody sets the clock.
    zone: 'us-east-1c',
    truth: { ...CALM, seed: 3, systemNs: (t) => (within(t, 900, 960) ? 48_000 * Math.exp(-(t - 900) / 9) : 0) },
  },
  {
    // The disk of the agent is full for a while.
    type: 'm7g.large',
    truth: { ...CALM, seed: 4, gaps: [{ fromS: 400, toS: 520, kind: 'spool_full' }] },
  },
  {
    // A slow path to the device, and refused readings.
    type: 'm7g.large',
    zone: 'us-east-1c',
    truth: {
      ...CALM,
      seed: 5,
      whiteNs: 160,
      readDelayNs: (t) => (t > 600 ? 9000 : 2000),
      readingsFailed: (t) => (t > 600 && Math.floor(t) % 3 === 0 ? 1 : 0),
      driverErrors: (t) => Math.round(Math.max(0, t - 600) / 3),
    },
  },
  {
    type: 'm7g.large',
    truth: null,
    change: {
      state: 'terminated',
      facts: null,
      instanceId: null,
      agentVersion: null,
      ptpStatus: null,
      verdict: null,
      failure: {
        kind: 'capacity',
        message: 'EC2 has no capacity for m7g.large in use1-az6 now (InsufficientInstanceCapacity)',
      },
    },
  },
];

export const MADE_VERDICT: VerdictSoFar = {
  quality: 'fail',
  pass: 3,
  fail: 2,
  not_enough_data: 1,
  failing: [
    { criterion: 'offset_p99', instances: 2 },
    { criterion: 'steps', instances: 1 },
  ],
  pass_rests_on: { decided: 10, total: 19 },
  interim: true,
  left_to_report: [],
  judged_at: '2026-11-18T11:26:00.000000000Z',
};
