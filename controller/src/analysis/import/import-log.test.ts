import { expect, it } from 'vitest';
import { analyseImported } from '../analyse-imported.ts';
import { detectFormat, importLog } from './import-log.ts';
import { ImportError } from './imported-log.ts';

const REFCLOCKS = `===============================================================================
   Date (UTC) Time         Refid  DP L P  Raw offset   Cooked offset      Disp.
===============================================================================
2026-11-20 23:17:57.613378 PHC0    - N -       -        1.541048e-09  2.000e-08
2026-11-20 23:17:57.988689 PHC0    0 N 0  1.260000e-07 -1.176419e-09  2.000e-08
2026-11-20 23:17:58.988689 PHC0    0 N 0 -2.000000e-08 -1.176419e-09  2.000e-08
`;
const TRACKING = `2026-11-20 23:17:57 PHC0             1     -0.000      0.001 -1.347e-10 N  1  5.465e-09  1.270e-07  1.000e-05  2.716e-05  1.245e-04\n`;
const STATISTICS = `2026-11-20 23:17:57 PHC0             1.772e-08 -1.382e-10  5.465e-09  1.299e-11  7.813e-10 6.4e-03  42   0  19  0.00\n`;
const PHC2SYS = `phc2sys[4771.000]: CLOCK_REALTIME phc offset       -12 s2 freq  +10456 delay   1520
phc2sys[4772.001]: CLOCK_REALTIME phc offset        30 s2 freq  +10467 delay   1519
phc2sys[4772.500]: some other message
`;
const PTP4L = `Nov 20 23:17:57 host ptp4l[12.345]: [ptp4l.0.config] master offset  -5 s2 freq   -10 path delay       300\n`;

it.each([
  ['chrony-refclocks', REFCLOCKS, 'PHC0', [-126, 20]],
  ['chrony-tracking', TRACKING, 'PHC0', [-0.1347]],
  ['chrony-statistics', STATISTICS, 'PHC0', [-0.1382]],
  ['phc2sys', PHC2SYS, 'CLOCK_REALTIME - phc', [-12, 30]],
  ['ptp4l', PTP4L, 'master offset', [-5]],
  ['csv', 'at,offset_ns\n2026-11-20T23:17:57.000000001Z,7\n1795216678000000000,-8\n', 'offset_ns', [7, -8]],
] as const)('knows %s and gives its offsets with our sign', (...row) => {
  const [format, text, name, offsets] = row;
  const log = importLog(text);
  expect(log.format).toBe(format);
  expect(log.series.map((series) => series.name)).toEqual([name]);
  for (const [index, offset] of offsets.entries()) {
    expect(log.series[0]?.samples[index]?.offsetNs).toBeCloseTo(offset, 6);
  }
  expect(log.series[0]?.samples).toHaveLength(offsets.length);
});

it.each([
  ['at,offset_us', 'has "offset_us", which does not say ns: multiply the offsets by 1e3'],
  ['time,offset', 'has "offset", which does not say ns: give the offsets in ns'],
  ['timestamp,offset', 'no time is known by the name timestamp'],
  ['timestamp,phase', 'its first line is timestamp,phase, and it is none of the known formats'],
])('says of the heading %s what to do', (heading, reason) => {
  expect(() => importLog(`${heading}\n1,2\n`)).toThrow(reason);
});

it('reads seconds to the nanosecond', () => {
  const { series } = importLog('time_s,offset_ns\n-0.5,7\n1800000000.000000001,5\n1800000001,6\n');
  expect(series[0]?.samples.map(({ timeNs }) => timeNs)).toEqual([
    -500_000_000n,
    1_800_000_000_000_000_001n,
    1_800_000_001_000_000_000n,
  ]);
  expect(() => importLog('time_s,offset_ns\nx,5\n')).toThrow('"x" is not a number of seconds');
  expect(() => importLog('\n')).toThrow('it is empty');
});

it('knows a heading with blanks and a byte order mark', () => {
  const [series] = importLog('\uFEFFoffset_ns, at\n 7, 2026-11-20T23:17:57Z\n').series;
  expect(series?.samples).toMatchObject([{ timeNs: 1_795_216_677_000_000_000n, offsetNs: 7 }]);
});

it('keeps the nanoseconds of the time', () => {
  expect(importLog('at,offset_ns\n2026-11-20T23:17:57.000000001Z,7\n').series[0]?.samples[0]?.timeNs).toBe(
    1_795_216_677_000_000_001n,
  );
  expect(importLog(PHC2SYS).series[0]?.samples[1]?.timeNs).toBe(4_772_001_000_000n);
});

it.each([
  ['at,offset_ns\n1,2\n1,x\n', 3, 'is not an offset'],
  ['at,offset_ns\nyesterday,2\n', 2, 'neither whole nanoseconds'],
  ['at,offset_ns\n1\n', 2, '1 columns instead of 2'],
  [REFCLOCKS.replace('1.260000e-07', 'wide'), 5, 'is not an offset in seconds'],
])('names the line that cannot be read: %j', (text, line, message) => {
  const error = failureOf(() => importLog(text));
  expect(error.line).toBe(line);
  expect(error.message).toContain(message);
});

it('says what it knows when it does not know a text, and why a log of summaries has no samples', () => {
  expect(failureOf(() => detectFormat('hello\n')).code).toBe('format_unknown');
  const summaries = 'phc2sys[1.0]: rms 5 max 8 freq -10 +/- 3 delay 300 +/- 1\n';
  expect(failureOf(() => importLog(summaries)).message).toContain('run without -u');
});

it('finds rate and spread of a log, and begins a new stretch where its time goes back', () => {
  const rows = Array.from({ length: 200 }, (_, second) => `${(second % 100) * 1e9},${(second % 100) * 3}`);
  const [series] = importLog(`at_ns,offset_ns\n${rows.join('\n')}\n`).series;
  if (series === undefined) throw new Error('a series was written');
  const figures = analyseImported(series);
  expect(figures.stretches).toBe(2);
  expect(figures.frequency?.frequencyPpb).toBeCloseTo(3, 9);
  expect(figures.summary?.max).toBe(297);
  expect(figures.stability?.mtieNs.find(({ tau }) => tau === 1)?.value).toBeCloseTo(3, 9);
  expect(figures.stability?.tdevNs[0]?.value).toBeCloseTo(0, 9);
});

function failureOf(run: () => unknown): ImportError {
  try {
    run();
  } catch (error) {
    if (error instanceof ImportError) return error;
    throw error;
  }
  throw new Error('nothing failed');
}
