/** The comparison as document, text and page. */
import { Compile } from 'typebox/compile';
import { expect, it } from 'vitest';
import { type ComparedSide, compareSides } from '../../analysis/compare/compare-sides.ts';
import type { PeriodFigures } from '../../analysis/compare/period-figures.ts';
import { buildComparison } from './build-comparison.ts';
import { ComparisonReport } from './comparison-schema.ts';
import { renderComparisonHtml } from './render-comparison-html.ts';
import { renderComparisonText } from './render-comparison-text.ts';

function figuresAround(level: number): PeriodFigures {
  const figure = (factor: number) => ({
    value: level * factor,
    blocks: [0.98, 1, 1.01, 1.02, 0.99].map((scatter) => level * factor * scatter),
  });
  const few = { value: null, blocks: [] };
  return {
    samples: 5000,
    missingShare: 0,
    spanS: 1250,
    intervalsNs: [250_000_000],
    quantities: { rms: figure(1), p50: figure(0.7), p90: figure(1.6), p99: figure(2.5), p99_9: few, max: figure(4) },
    tdev: [{ tauS: 1, value: level / 2, freedom: 300 }],
    mtie: [{ tauS: 1, value: level * 4, freedom: null }],
  };
}

function side(label: string, level: number): ComparedSide {
  const instances = [1, 2].map((index) => ({
    name: `c7i.large ${index}`,
    instanceType: 'c7i.large',
    figures: figuresAround(level * (1 + index / 100)),
    quality: 'pass',
    steps: 0,
  }));
  return { label, simulated: true, criteria: '', instances };
}

function made(): ComparisonReport {
  const sides = [side('<b>A</b>', 100), side('B', 200)];
  const pairs = compareSides(sides, { sameInstances: false });
  const built = buildComparison({ sides, pairs, toolVersion: '0.1.0', generatedAt: 0 });
  return JSON.parse(JSON.stringify(built)) as ComparisonReport;
}

it('keeps to its schema', () => {
  expect([...Compile(ComparisonReport).Errors(made())]).toEqual([]);
});

it('the page says SIMULATED, draws percentiles, TDEV and MTIE, and no text of it is markup', () => {
  const html = renderComparisonHtml(made());
  expect(html).toContain('SIMULATED: the PHC');
  expect(html).toContain('WORSE');
  expect(html).not.toContain('<b>A</b>');
  expect(html.match(/<svg /g)).toHaveLength(3);
});

it('the text has a sentence, and the numbers with their intervals; of several instances also the maximum and the curves have one', () => {
  const text = renderComparisonText(made());
  expect(text).toMatch(
    /^SIMULATED: B against <b>A<\/b> is worse\. c7i\.large: worse; p99 of \|system - PHC\| is 2 times/,
  );
  expect(text).toMatch(/p99 +25[0-9] ns +50[0-9] ns +2 +1\.9\d* to 2\.0\d* +worse <= the answer$/m);
  expect(text).toMatch(/max .*worse/);
  expect(text).toMatch(/TDEV 1 s +50\.8 ns +102 ns +2 +1\.9\d* to 2\.0\d* +worse$/m);
  expect(text).toMatch(/MTIE 1 s .*worse$/m);
  expect(text).not.toContain('NOTE');
});

it('says which figure the answer rests on where it is not p99, and which one says something else', () => {
  const short = (label: string, rms: number): ComparedSide => {
    const figures = figuresAround(100);
    const few = { value: null, blocks: [] };
    const scattered = { value: 160, blocks: [150, 160, 170, 155, 165] };
    const ownRms = { value: rms, blocks: [0.99, 1, 1.01, 1, 0.995].map((scatter) => rms * scatter) };
    const quantities = { ...figures.quantities, p99: few, p90: scattered, rms: ownRms };
    const [one] = side(label, 100).instances;
    if (one === undefined) throw new Error('a side has instances');
    return { ...side(label, 100), instances: [{ ...one, figures: { ...figures, quantities } }] };
  };
  const [pair] = compareSides([short('A', 100), short('B', 80)], { sameInstances: false });
  expect(pair?.types[0]).toMatchObject({ answer: 'indistinguishable', restsOn: 'p90' });
  expect(pair?.sentence).toContain(
    'The answer rests on p90: p99 has no interval, for want of samples; rms alone says better.',
  );
});

it('says why there is no TDEV and MTIE where the sides have no tau in common', () => {
  const at = (tauS: number) => {
    const made = side(`${tauS} s`, 100);
    const curve = [{ tauS, value: 50, freedom: null }];
    const instances = made.instances.flatMap((one) =>
      one.figures === null ? [] : [{ ...one, figures: { ...one.figures, tdev: curve, mtie: curve } }],
    );
    return { ...made, instances };
  };
  const warnings = (first: ComparedSide, second: ComparedSide) =>
    compareSides([first, second], { sameInstances: true })[0]?.warnings ?? [];
  expect(warnings(at(1), at(1))).toEqual([]);
  expect(warnings(at(1), at(1.5))).toEqual([expect.stringContaining('No TDEV and MTIE of c7i.large: ')]);
});
