import { describe, expect, it } from 'vitest';
import { parsePhcRefclocks } from './refclock-config.ts';

describe('the PHC lines of a chrony configuration', () => {
  it.each([
    ['refclock PHC /dev/ptp_ena poll 0 delay 0.000010 prefer', 25],
    ['refclock PHC /dev/ptp_ena poll 2', 25],
    ['refclock PHC /dev/ptp_ena poll 0 dpoll -1', 50],
    ['refclock PHC /dev/ptp_ena poll -3', 200],
    ['refclock PHC /dev/ptp_ena poll 2 dpoll 2', 6.25],
    ['refclock PHC /dev/ptp_ena dpoll 6', 25 / 16],
    ['refclock PHC /dev/ptp_ena', 25],
  ])('%s reads %d times a second', (line, readsPerSecond) => {
    expect(parsePhcRefclocks(line)).toEqual([expect.objectContaining({ device: '/dev/ptp_ena', readsPerSecond })]);
  });

  it('have the reference ID that chronyd gives them, counted over all reference clocks', () => {
    const text =
      'refclock SHM 0\nrefclock PHC /dev/ptp0\n  refclock PHC /dev/ptp1:nocrossts refid ENA\nREFCLOCK PHC /dev/ptp2 poll 3\n';
    expect(parsePhcRefclocks(text).map(({ device, refid }) => [device, refid])).toEqual([
      ['/dev/ptp0', 'PHC1'],
      ['/dev/ptp1', 'ENA'],
      ['/dev/ptp2', 'PHC3'],
    ]);
  });

  it('are not those in comments, and not other clocks', () => {
    const text =
      '# refclock PHC /dev/ptp0\n! refclock PHC /dev/ptp0\nrefclock PPS /dev/pps0\nserver PHC\nrefclock PHC\n';
    expect(parsePhcRefclocks(text)).toEqual([]);
  });
});
