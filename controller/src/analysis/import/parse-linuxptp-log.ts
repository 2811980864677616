/** Logs of phc2sys and ptp4l (linuxptp): one line for each clock update, with the monotonic time in brackets. */
import { ImportError, type ImportedLog, type ImportedSample, SeriesCollector } from './imported-log.ts';
import { parseSeconds } from './parse-instant.ts';

const LINE = /(phc2sys|ptp4l)\[(\d+(?:\.\d+)?)\]:\s+(?:\[[^\]]*\]\s+)?(.*)$/;
const PHC2SYS = /^(\S+)\s+(\S+)\s+offset\s+(\S+)\s+s\d\s+freq\s+\S+/;
const PTP4L = /^master offset\s+(\S+)\s+s\d\s+freq\s+\S+/;
const SUMMARY = /^(?:\S+\s+)?rms\s+\d+\s+max\s+\d+/;

const SIGN = {
  phc2sys: 'the named clock - its reference, sign as written (positive = the clock is ahead)',
  ptp4l:
    'the PHC - master, sign as written (positive = the PHC is ahead); the subject is the PHC, not the system clock',
} as const;

/** Throws ImportError: a summary-only log (-u) holds no samples. */
export function parseLinuxptpLog(text: string, format: 'phc2sys' | 'ptp4l'): ImportedLog {
  const collector = new SeriesCollector();
  const lines = text.split('\n').map((line) => messageOf(line, format));
  for (const [index, { seconds, message, isOurs }] of lines.entries()) {
    const found = isOurs ? offsetOf(message, format) : null;
    if (found !== null) collector.add(found.name, sampleOf(seconds, found.offset, index + 1));
  }
  const summaries = lines.filter(({ isOurs, message }) => isOurs && SUMMARY.test(message)).length;
  const only = summaries > 0 ? ` (it has ${summaries} summaries; run without -u or with summary_interval 0)` : '';
  const series = collector.finish(`${format}${only}`);
  const used = series.reduce((sum, { samples }) => sum + samples.length, 0);
  const skippedLines = lines.filter(({ isEmpty }) => !isEmpty).length - used;
  return { format, sign: SIGN[format], series, skippedLines };
}

function messageOf(line: string, format: string) {
  const [, program, seconds = '', message = ''] = LINE.exec(line) ?? [];
  return { isOurs: program === format, isEmpty: line.trim() === '', seconds, message };
}

function sampleOf(seconds: string, offset: string, line: number): ImportedSample {
  const timeNs = parseSeconds(seconds);
  const offsetNs = Number(offset);
  if (timeNs === null || !Number.isFinite(offsetNs))
    throw new ImportError('line_invalid', `"${offset}" is not an offset in ns`, line);
  return { timeNs, offsetNs };
}

function offsetOf(message: string, format: 'phc2sys' | 'ptp4l'): { name: string; offset: string } | null {
  if (format === 'ptp4l') {
    const offset = PTP4L.exec(message)?.[1];
    return offset === undefined ? null : { name: 'master offset', offset };
  }
  const match = PHC2SYS.exec(message);
  if (match === null) return null;
  return { name: `${match[1]} - ${match[2]}`, offset: match[3] ?? '' };
}
