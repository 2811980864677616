/** Measures of the measurement itself: is the soak covered, what is missing, can the books be trusted, did the PHC answer. */
import { NS_PER_S, type StreamName } from '@ptp-tester/measurement';
import {
  type Found,
  type JudgedBooks,
  type JudgedSeries,
  notEnough,
  type Place,
  shareInterval,
  streamProblem,
} from './judged-data.ts';

const LEAST_SAMPLES = 10;

function perSeries(data: JudgedBooks, stream: StreamName, measure: (series: JudgedSeries) => Found): Found[] {
  const problem = streamProblem(data, stream);
  return problem === null ? data.series.filter((one) => one.stream === stream).map(measure) : [problem];
}

/** From the first to the last sample, as a share of the planned soak. Less than the limit is not a failure but too little data. */
export function measureSoakShare(data: JudgedBooks, wanted: { stream: StreamName; limit: number }): Found[] {
  return perSeries(data, wanted.stream, ({ stream, key, account, firstAt, lastAt }) => {
    if (account.stored < LEAST_SAMPLES) {
      return notEnough(`only ${account.stored} ${stream} samples are stored, at least ${LEAST_SAMPLES} are needed`);
    }
    const coveredNs = Number((lastAt ?? 0n) - (firstAt ?? 0n));
    const value = data.plannedSoakNs > 0 ? Math.min(1, coveredNs / data.plannedSoakNs) : 1;
    const covered = `${seconds(coveredNs)} of the ${seconds(data.plannedSoakNs)} planned`;
    if (value < wanted.limit) {
      return notEnough(`${stream} was measured for ${covered}, at least ${percent(wanted.limit)} is needed`);
    }
    const place: Place | null = firstAt === null || lastAt === null ? null : { fromAt: firstAt, toAt: lastAt };
    const text = `${stream}: was measured for ${covered},`;
    return { value, unit: 'share', key, samples: account.stored, place, confidence: null, text };
  });
}

export function measureMissingShare(data: JudgedBooks, stream: StreamName): Found[] {
  return perSeries(data, stream, ({ key, account, gaps }) => {
    const { expected, stored } = account;
    const bad = Math.max(0, expected - stored);
    const longest = gaps.items.toSorted((a, b) => b.missingTicks - a.missingTicks)[0];
    return {
      value: expected === 0 ? 0 : bad / expected,
      unit: 'share',
      key,
      samples: expected,
      bad,
      place: longest === undefined ? null : { fromAt: longest.fromAt, toAt: longest.toAt },
      confidence: shareInterval(bad, expected),
      text: `${stream}: ${stored} of ${expected} expected ticks are stored, so missing is`,
    };
  });
}

/** Whether a very late sample belongs to its tick or the next can be ambiguous: one tick, or the given share. */
export function measureUnaccounted(data: JudgedBooks, wanted: { stream: StreamName; limit: number }): Found[] {
  return perSeries(data, wanted.stream, ({ stream, key, account, problems }) => ({
    value: Math.abs(account.unaccounted),
    limit: Math.max(1, Math.floor(account.expected * wanted.limit)),
    unit: 'count',
    key,
    samples: account.expected,
    place: null,
    confidence: null,
    text: `${stream}: ticks that are unaccounted for:`,
    ...(problems.length > 0 ? { alsoWrong: problems.join('; ') } : {}),
  }));
}

export function measureReadErrors(data: JudgedBooks): Found[] {
  return perSeries(data, 'phc', ({ key, figures }) => {
    const sumOf = (column: string) => {
      const found = figures.find((figure) => figure.column === column);
      return found?.kind === 'sum' ? found.sum : 0;
    };
    const bad = sumOf('readings_failed');
    const samples = sumOf('readings_ok') + bad;
    if (samples === 0) return notEnough('phc: no reading is on record');
    return {
      value: bad / samples,
      unit: 'share',
      key,
      samples,
      bad,
      place: null,
      confidence: shareInterval(bad, samples),
      text: `phc: ${bad} of ${samples} readings failed,`,
    };
  });
}

/** Rounded down at two decimals, so that 94.999 % never reads as 95 %. */
export function percent(share: number): string {
  return `${Math.floor(share * 10_000 + 1e-6) / 100} %`;
}

function seconds(ns: number): string {
  return `${Math.round((ns / NS_PER_S) * 10) / 10} s`;
}
