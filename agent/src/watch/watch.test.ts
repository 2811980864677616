/** SIMULATED: readings made by hand go through the watch, and what it tells comes out at the other end. */
import { describe, expect, it } from 'vitest';
import type { NoticedEvent } from '../source.ts';
import { type MadeReading, makeReading, secondsRaw } from './made-readings.ts';
import { Watch, type WatchedPhc } from './watch.ts';

const PHC: WatchedPhc = { interfaceNames: ['ens5'], chronyNames: ['PHC0'], chronyReadsPerS: 25 };
/** PHC - raw of a PHC that started with the raw clock. */
const RUNNING = { phc_minus_raw_ns: 0n, readings_ok: 3 };
const REACHED = { mode: 2, reach: 255 };
const UNREACHED = { mode: 2, reach: 0 };

function watching(phc: Partial<WatchedPhc> = {}, mostAsked = 99) {
  const told: (NoticedEvent & { atS: number })[] = [];
  const asked: string[] = [];
  const passed: string[] = [];
  let nowS = 0;
  const watch = new Watch({
    output: {
      sample: (stream) => passed.push(stream),
      missed: (stream, ticks) => passed.push(`${stream} missed ${ticks}`),
      event: (noticed) => told.push({ ...noticed, atS: nowS }),
      served: () => passed.push('served'),
      wantsWakeAt: () => 7n,
    },
    readPhc: () => ({ ...PHC, ...phc }),
    askForRestart: (why) => {
      asked.push(why);
      return asked.length <= mostAsked ? { asked: true, told: 'asked for' } : { asked: false, told: 'not asked for' };
    },
  });
  const sample = (made: MadeReading) => {
    nowS = made.atS;
    watch.sample(made.stream, 1e9, makeReading(made));
    watch.served(secondsRaw(made.atS));
  };
  const seconds = (from: number, to: number, step: (atS: number) => void) => {
    for (let atS = from; atS < to; atS += 1) step(atS);
  };
  return { watch, told, asked, passed, sample, seconds, kinds: () => told.map(({ event }) => event) };
}

it('hands everything on', () => {
  const { watch, passed, sample } = watching();
  sample({ stream: 'raw', atS: 1, values: {} });
  watch.missed('raw', 2);
  expect(passed).toEqual(['raw', 'served', 'raw missed 2']);
  expect(watch.wantsWakeAt()).toBe(7n);
});

describe('a PHC that stands still', () => {
  it('is told after a second, with whether chronyd follows it, and once more when it runs again', () => {
    const { told, sample, seconds } = watching();
    sample({ stream: 'chrony', atS: 0, values: { phc_selected: 1 } });
    seconds(1, 10, (atS) => sample({ stream: 'phc', atS, values: RUNNING }));
    // It stopped at 9 s: from then on it falls behind the raw clock by a second each second.
    seconds(10, 40, (atS) => {
      sample({ stream: 'chrony', atS, values: { phc_selected: 1 } });
      sample({ stream: 'phc', atS, values: { phc_minus_raw_ns: -secondsRaw(atS - 9) } });
    });
    seconds(40, 50, (atS) => sample({ stream: 'phc', atS, values: { phc_minus_raw_ns: -secondsRaw(30) } }));
    expect(told).toEqual([
      {
        event: 'phc_stopped',
        detail: { phc_ns: '9000000000', chrony_follows: true, stands_since_mono_raw_ns: '9000000000' },
        atS: 10,
      },
      { event: 'phc_running', detail: { stood_still_s: 31 }, atS: 40 },
    ]);
  });

  it.each(['device_gone', 'environment_changed'] as const)(
    'is not told of a step, of a rate error, or of another device after %s',
    (left) => {
      const { watch, told, sample, seconds } = watching();
      seconds(1, 10, (atS) => sample({ stream: 'phc', atS, values: { phc_minus_raw_ns: BigInt(atS) * 100_000n } }));
      seconds(10, 20, (atS) => sample({ stream: 'phc', atS, values: { phc_minus_raw_ns: 37_000_000_000n } }));
      watch.event({ event: left, detail: {} });
      // By its own time hardly any passed since the last sample of the other one.
      seconds(50, 60, (atS) => sample({ stream: 'phc', atS, values: RUNNING }));
      expect(told.map(({ event }) => event)).toEqual([left]);
    },
  );
});

describe('other readers of the PHC', () => {
  /** 12 of the agent's and 25 of chronyd's a second, and `others`. */
  function run(others: (atS: number) => number, key = 'ens5', more: (atS: number) => object = () => ({})) {
    const made = watching();
    let served = 5000;
    made.seconds(0, 400, (atS) => {
      for (let part = 0; part < 4; part += 1) made.sample({ stream: 'phc', atS: atS + part / 4, values: RUNNING });
      served += 12 + 25 + others(atS);
      if (atS % 10 === 9)
        made.sample({ stream: 'ena', atS: atS + 0.9, key, values: { phc_cnt: served, ...more(atS) } });
    });
    return made.told.filter(({ event }) => event === 'phc_reads_unexplained');
  }

  it('are told once, with the arithmetic', () => {
    const told = run((atS) => (atS >= 100 ? 20 : 0));
    expect(told).toHaveLength(1);
    expect(told[0]?.detail).toMatchObject({ interface: 'ens5', own_per_s: 12, chrony_per_s: 25, over_s: 60 });
    // Half of the first minute in which they read.
    expect(told[0]?.detail['served_per_s']).toBe(47);
  });

  it('are not seen in the readings of agent and chronyd, on another interface, or in a reset of the counters', () => {
    expect(run(() => 0)).toEqual([]);
    expect(run(() => 50, 'ens6')).toEqual([]);
    expect(
      run(
        (atS) => (atS === 100 ? 9000 : 0),
        'ens5',
        (atS) => ({ reset_epoch: atS >= 100 ? 1 : 0 }),
      ),
    ).toEqual([]);
  });
});

it('sees other readers of the PHC beside another interface, whose device was reset less often', () => {
  const made = watching({ interfaceNames: ['ens5'] });
  made.seconds(0, 200, (atS) => {
    if (atS % 10 !== 0) return;
    made.sample({ stream: 'ena', atS, key: 'ens5', values: { phc_cnt: atS * 100, reset_epoch: 1 } });
    made.sample({ stream: 'ena', atS: atS + 0.1, key: 'ens6', values: { phc_cnt: 0, reset_epoch: 0 } });
  });
  expect(made.told).toMatchObject([{ event: 'phc_reads_unexplained', detail: { interface: 'ens5', over_s: 60 } }]);
});

it('sees other readers of a clock that is measured instead of another one, whose readers were told before', () => {
  let interfaceName = 'ens6';
  const made = watching({
    get interfaceNames() {
      return [interfaceName];
    },
  });
  const count = (from: number, to: number, key: string) => {
    made.seconds(from, to, (atS) => {
      if (atS % 10 === 0) made.sample({ stream: 'ena', atS, key, values: { phc_cnt: atS * 100 } });
    });
  };
  count(0, 100, 'ens6');
  // The look at the other interface's counters comes with the event, not a minute later.
  interfaceName = 'ens5';
  made.watch.event({ event: 'environment_changed', detail: { stream: 'phc' } });
  count(100, 171, 'ens5');
  expect(made.told.map(({ event, detail, atS }) => [atS, event, detail['interface']])).toEqual([
    [60, 'phc_reads_unexplained', 'ens6'],
    [90, 'environment_changed', undefined],
    [160, 'phc_reads_unexplained', 'ens5'],
  ]);
});

describe('the leap status', () => {
  it('is told as leap_changed when it changes, and at the start only when a leap second is announced', () => {
    const { told, kinds, sample } = watching();
    for (const [atS, leap] of [3, 3, 0, 0, 1, 1, 0].entries()) {
      sample({ stream: 'chrony', atS, values: { leap_status: leap } });
    }
    expect(told.map(({ detail }) => detail)).toEqual([
      { before: 'not_synchronised', now: 'normal' },
      { before: 'normal', now: 'insert_second' },
      { before: 'insert_second', now: 'normal' },
    ]);
    expect(kinds()).toEqual(['leap_changed', 'leap_changed', 'leap_changed']);
    const announced = watching();
    announced.sample({ stream: 'chrony', atS: 1, values: { leap_status: 1 } });
    expect(announced.told[0]?.detail).toEqual({ before: null, now: 'insert_second' });
  });
});

describe('chronyd', () => {
  it('that stops answering is restarted once, again after five minutes, and told when it is back', () => {
    const { watch, told, asked, sample, seconds } = watching();
    seconds(0, 5, (atS) => sample({ stream: 'chrony', atS, values: {} }));
    seconds(5, 400, (atS) => watch.served(secondsRaw(atS)));
    expect(asked).toEqual(['unanswered', 'unanswered']);
    sample({ stream: 'chrony', atS: 400, values: {} });
    expect(told.map(({ event, detail }) => ({ event, ...detail }))).toEqual([
      { event: 'chrony_lost', trouble: 'unanswered', restart: 'asked for' },
      { event: 'chrony_lost', trouble: 'unanswered', restart: 'asked for' },
      { event: 'chrony_back', lasted_s: 396 },
    ]);
  });

  it('that stays away is told with each restart asked for in vain, and once when there are no more', () => {
    const { watch, asked, told, sample, seconds } = watching({}, 3);
    sample({ stream: 'chrony', atS: 0, values: {} });
    seconds(1, 3600, (atS) => watch.served(secondsRaw(atS)));
    expect(asked).toHaveLength(12);
    const lost = { event: 'chrony_lost', trouble: 'unanswered' };
    expect(told.map(({ event, detail }) => ({ event, ...detail }))).toEqual([
      ...Array.from({ length: 3 }, () => ({ ...lost, restart: 'asked for' })),
      { ...lost, restart: 'not asked for' },
    ]);
  });

  it('is not missed while the machine is paused, nor between reports that are planned a minute apart', () => {
    const paused = watching();
    paused.sample({ stream: 'chrony', atS: 0, values: {} });
    paused.watch.served(secondsRaw(3600));
    paused.sample({ stream: 'chrony', atS: 3601, values: {} });
    expect(paused.asked).toEqual([]);
    const slow = watching();
    slow.watch.sample('chrony', 60e9, makeReading({ stream: 'chrony', atS: 0, values: {} }));
    slow.seconds(0, 290, (atS) => slow.watch.served(secondsRaw(atS)));
    expect(slow.asked).toEqual([]);
    slow.seconds(290, 310, (atS) => slow.watch.served(secondsRaw(atS)));
    expect(slow.asked).toEqual(['unanswered']);
  });

  it('that never answered is left to the setup', () => {
    const { watch, asked, seconds } = watching();
    seconds(0, 400, (atS) => watch.served(secondsRaw(atS)));
    expect(asked).toEqual([]);
  });

  it('that holds a dead descriptor is restarted when the agent has read the device for a minute', () => {
    const { asked, sample, seconds, told } = watching();
    seconds(0, 100, (atS) => {
      sample({ stream: 'chrony', atS, values: {} });
      sample({ stream: 'phc', atS, values: RUNNING });
      sample({ stream: 'chrony_source', atS, key: 'PHC0', values: atS < 20 ? REACHED : UNREACHED });
    });
    expect(asked).toEqual(['dead_descriptor']);
    expect(told).toMatchObject([{ event: 'chrony_lost', atS: 80 }]);
  });

  it.each([
    { what: 'another source has no reach', key: '169.254.169.123', reading: true },
    { what: 'the agent cannot read the device either', key: 'PHC0', reading: false },
  ])('is left alone while $what', ({ key, reading }) => {
    const { asked, sample, seconds } = watching();
    seconds(0, 200, (atS) => {
      sample({ stream: 'chrony', atS, values: {} });
      if (reading) sample({ stream: 'phc', atS, values: RUNNING });
      sample({ stream: 'chrony_source', atS, key, values: UNREACHED });
    });
    expect(asked).toEqual([]);
  });

  it('is left alone while the device refuses everybody for minutes', () => {
    const { asked, sample, seconds } = watching();
    seconds(0, 300, (atS) => {
      sample({ stream: 'chrony', atS, values: {} });
      if (atS < 20 || atS > 200) sample({ stream: 'phc', atS, values: RUNNING });
      const isRefused = atS >= 28 && atS <= 210;
      sample({ stream: 'chrony_source', atS, key: 'PHC0', values: isRefused ? UNREACHED : REACHED });
    });
    expect(asked).toEqual([]);
  });

  it('that holds a dead descriptor is restarted a minute after the device is back, not later by what was known without it', () => {
    let names: string[] = [];
    const { watch, asked, told, sample, seconds } = watching({
      get chronyNames() {
        return names;
      },
    });
    const look = (atS: number, values: MadeReading['values']) => {
      sample({ stream: 'chrony', atS, values: {} });
      sample({ stream: 'chrony_source', atS, key: 'PHC0', values });
    };
    watch.event({ event: 'device_gone', detail: {} });
    seconds(0, 30, (atS) => look(atS, UNREACHED));
    names = ['PHC0'];
    watch.event({ event: 'device_back', detail: {} });
    seconds(30, 100, (atS) => {
      sample({ stream: 'phc', atS, values: RUNNING });
      look(atS, UNREACHED);
    });
    expect(asked).toEqual(['dead_descriptor']);
    expect(told).toMatchObject([{ event: 'device_gone' }, { event: 'device_back' }, { event: 'chrony_lost', atS: 90 }]);
  });

  it('has a minute again to reach another clock that is measured from now on', () => {
    const { watch, asked, told, sample, seconds } = watching();
    const look = (atS: number) => {
      sample({ stream: 'chrony', atS, values: {} });
      sample({ stream: 'phc', atS, values: RUNNING });
      sample({ stream: 'chrony_source', atS, key: 'PHC0', values: UNREACHED });
    };
    seconds(0, 50, look);
    watch.event({ event: 'environment_changed', detail: { stream: 'phc' } });
    seconds(50, 120, look);
    expect(asked).toEqual(['dead_descriptor']);
    expect(told).toMatchObject([{ event: 'environment_changed' }, { event: 'chrony_lost', atS: 110 }]);
  });

  it('is left alone while the device is gone', () => {
    const { watch, asked, sample, seconds } = watching();
    sample({ stream: 'phc', atS: 0, values: RUNNING });
    watch.event({ event: 'device_gone', detail: {} });
    seconds(1, 200, (atS) => {
      sample({ stream: 'chrony', atS, values: {} });
      sample({ stream: 'chrony_source', atS, key: 'PHC0', values: UNREACHED });
    });
    expect(asked).toEqual([]);
  });
});
