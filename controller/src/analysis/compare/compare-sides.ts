/** Two runs, or periods of one run, side by side (pure): by instance type and by instance, each with one plain sentence. */
import { NS_PER_S } from '@ptp-tester/measurement';
import { type Answer, type Difference, groupDifferences, instanceDifferences } from './differences.ts';
import type { PeriodFigures, Quantity } from './period-figures.ts';

export interface ComparedInstance {
  /** `c7i.large-1`: what the two sides are matched by. */
  readonly name: string;
  readonly instanceType: string;
  /** Null without a sample in the period. */
  readonly figures: PeriodFigures | null;
  /** Of the whole run; null for a period, which is not judged. */
  readonly quality: string | null;
  /** Steps of a clock in the period. */
  readonly steps: number;
}

export interface ComparedSide {
  readonly label: string;
  readonly simulated: boolean;
  /** The criteria in force, as text that is the same when they are. */
  readonly criteria: string;
  readonly instances: readonly ComparedInstance[];
}

/** Differences of one type or instance. */
export interface ComparedThing {
  readonly name: string;
  readonly differences: readonly Difference[];
  readonly answer: Answer;
  /** Of which the answer is; null when none has an interval. */
  readonly restsOn: Quantity | null;
  readonly sentence: string;
}

export interface ComparedPair {
  readonly first: string;
  readonly second: string;
  readonly answer: Answer | 'mixed';
  readonly sentence: string;
  /** What makes the comparison weaker than it looks. */
  readonly warnings: readonly string[];
  readonly types: readonly ComparedThing[];
  readonly instances: readonly ComparedThing[];
}

export interface CompareOptions {
  /** The instances of both sides are the same machines. */
  readonly sameInstances: boolean;
}

/** The first side is what the others are compared with. */
export function compareSides(sides: readonly ComparedSide[], options: CompareOptions): ComparedPair[] {
  const [first, ...others] = sides;
  return first === undefined ? [] : others.map((second) => comparePair(first, second, options));
}

function comparePair(first: ComparedSide, second: ComparedSide, options: CompareOptions): ComparedPair {
  const instances = first.instances.flatMap((a): ComparedThing[] => {
    const b = second.instances.find(({ name }) => name === a.name);
    if (a.figures === null || b === undefined || b.figures === null) return [];
    return [thing(a.name, instanceDifferences(a.figures, b.figures))];
  });
  const types = [...new Set(first.instances.map(({ instanceType }) => instanceType))].flatMap((type) =>
    compareType(type, { first, second, options }),
  );
  const answer = overall(types.map((type) => type.answer));
  const stepText = stepsText(first, second);
  const sentence = `${verdictText({ first, second, types, answer })}${worstText(first, second, instances)}${stepText}`;
  const simulated = first.simulated || second.simulated ? 'SIMULATED: ' : '';
  const labels = { first: first.label, second: second.label };
  return {
    ...labels,
    answer,
    sentence: `${simulated}${sentence}`,
    warnings: [...warningsOf(first, second), ...types.flatMap(curveWarning)],
    types,
    instances,
  };
}

interface TypeInput {
  readonly first: ComparedSide;
  readonly second: ComparedSide;
  readonly options: CompareOptions;
}

/** Of several instances by the scatter between them; of one on a side by that over time. */
function compareType(type: string, { first, second, options }: TypeInput): ComparedThing[] {
  const figuresOf = (side: ComparedSide) => side.instances.filter(({ instanceType }) => instanceType === type);
  const [a, b] = [figuresOf(first), figuresOf(second)];
  const both = a.filter(
    ({ figures, name }) => figures !== null && b.some((it) => it.name === name && it.figures !== null),
  );
  const used = (side: readonly ComparedInstance[]) =>
    (options.sameInstances ? both.map(({ name }) => side.find((it) => it.name === name)) : side).flatMap(
      (it) => it?.figures ?? [],
    );
  const [x, y] = [used(a), used(b)];
  const [onlyX, onlyY] = [x[0], y[0]];
  if (onlyX === undefined || onlyY === undefined) return [];
  if (x.length === 1 && y.length === 1) return [thing(type, instanceDifferences(onlyX, onlyY))];
  return [thing(type, groupDifferences({ first: x, second: y, paired: options.sameInstances }))];
}

/** What the answer rests on: the first of these for which there is an interval. */
const HEADLINES: readonly Quantity[] = ['p99', 'p90', 'p50', 'rms'];

function thing(name: string, differences: readonly Difference[]): ComparedThing {
  const restsOn = HEADLINES.find((quantity) =>
    differences.some((one) => one.quantity === quantity && one.interval !== null),
  );
  const decided = differences.find(({ quantity }) => quantity === restsOn);
  if (restsOn === undefined || decided === undefined || decided.interval === null) {
    const sentence = `${name}: too few samples or instances to tell.`;
    return { name, differences, answer: 'not_decided', restsOn: null, sentence };
  }
  const { interval, answer, first, second } = decided;
  const values = first === null || second === null ? '' : ` (${nsText(second)} against ${nsText(first)})`;
  const what = `${rankText(restsOn)} of |system - PHC|`;
  const basis = basisText({ restsOn, answer }, differences);
  if (answer === 'not_decided') {
    const sentence = `${name}: it scatters too much to tell by ${what}${values}.${basis}`;
    return { name, differences, answer, restsOn, sentence };
  }
  const range = `95 %: ${factor(interval.low)} to ${factor(interval.high)} times`;
  const words = `${what} is ${factor(interval.ratio)} times that of the first, ${range}${values}`;
  return { name, differences, answer, restsOn, sentence: `${name}: ${answer}; ${words}.${basis}` };
}

/** Why it is not p99, and which other figures say something else. */
function basisText(
  { restsOn: quantity, answer }: { readonly restsOn: Quantity; readonly answer: Answer },
  differences: readonly Difference[],
): string {
  const missing = HEADLINES.slice(0, HEADLINES.indexOf(quantity));
  const verb = missing.length === 1 ? 'has' : 'have';
  const why = missing.length === 0 ? '' : `: ${missing.join(' and ')} ${verb} no interval, for want of samples`;
  const others = differences.filter(
    (one) =>
      one.tauS === null && one.interval !== null && one.answer !== answer && ['better', 'worse'].includes(one.answer),
  );
  const said = others.map((one) => `${rankText(one.quantity)} alone says ${one.answer}`).join(', ');
  if (why === '' && said === '') return '';
  return ` The answer rests on ${rankText(quantity)}${why}${said === '' ? '' : `; ${said}`}.`;
}

function rankText(quantity: Difference['quantity']): string {
  return quantity.replace('_', '.');
}

function overall(answers: readonly Answer[]): ComparedPair['answer'] {
  const has = (answer: Answer) => answers.includes(answer);
  if (has('worse') && has('better')) return 'mixed';
  if (has('worse')) return 'worse';
  if (has('better')) return 'better';
  return has('indistinguishable') ? 'indistinguishable' : 'not_decided';
}

interface ToSay {
  readonly first: ComparedSide;
  readonly second: ComparedSide;
  readonly types: readonly ComparedThing[];
  readonly answer: ComparedPair['answer'];
}

function verdictText({ first, second, types, answer }: ToSay): string {
  const them = `${second.label} against ${first.label}`;
  if (types.length === 0) return `${them} cannot be compared: they share no instance type with samples.`;
  const all = types.map(({ sentence }) => sentence).join(' ');
  const words = {
    better: 'is better',
    worse: 'is worse',
    mixed: 'is better in some types and worse in others',
    indistinguishable: 'is indistinguishable',
    not_decided: 'is not decided',
  };
  return `${them} ${words[answer]}. ${all}`;
}

/** Named whether sure or not. */
const MUCH_WORSE = 3;

/** No answer by type hides the instance that became worst. */
function worstText(first: ComparedSide, second: ComparedSide, instances: readonly ComparedThing[]): string {
  const changes = first.instances.flatMap(({ name, figures: before }) => {
    const after = second.instances.find((other) => other.name === name)?.figures;
    const [from, to] = [before?.quantities.p99.value, after?.quantities.p99.value];
    const isSure = instances.some((one) => one.name === name && one.answer === 'worse');
    return from && to ? [{ name, from, to, isWorse: isSure || to > from * MUCH_WORSE }] : [];
  });
  const [worst] = changes.filter(({ isWorse }) => isWorse).sort((a, b) => b.to / b.from - a.to / a.from);
  if (worst === undefined || changes.length < 2) return '';
  return ` Most changed: ${worst.name}, p99 ${nsText(worst.to)} against ${nsText(worst.from)}.`;
}

function stepsText(first: ComparedSide, second: ComparedSide): string {
  const stepsOf = (side: ComparedSide) => side.instances.reduce((sum, { steps }) => sum + steps, 0);
  const [a, b] = [stepsOf(first), stepsOf(second)];
  return a === b ? '' : ` Clock steps: ${b} against ${a}.`;
}

const LENGTH_FACTOR = 1.5;
const MUCH_MISSING = 0.01;

function warningsOf(first: ComparedSide, second: ComparedSide): string[] {
  const warnings: string[] = [];
  if (first.simulated !== second.simulated)
    warnings.push('Only one of the two is SIMULATED: the numbers say nothing about hardware against hardware.');
  const [a, b] = [cadences(first), cadences(second)];
  if (a !== b)
    warnings.push(
      `The cadence differs (${a} against ${b}): high percentiles and maxima rest on different numbers of samples, and curves are compared only at the tau that both have.`,
    );
  if (first.criteria !== second.criteria)
    warnings.push(
      'The criteria differ: pass and fail of the two do not mean the same. The numbers here do not depend on them.',
    );
  const [longA, longB] = [longest(first), longest(second)];
  if (Math.max(longA, longB) > LENGTH_FACTOR * Math.min(longA, longB))
    warnings.push(`The lengths differ (${hours(longA)} against ${hours(longB)}): the maximum and MTIE grow with time.`);
  for (const side of [first, second]) {
    const most = Math.max(0, ...figures(side).map(({ missingShare }) => missingShare ?? 0));
    if (most > MUCH_MISSING)
      warnings.push(`${side.label}: up to ${(100 * most).toFixed(1)} % of the samples of an instance are missing.`);
  }
  return [...warnings, ...typeWarnings(first, second)];
}

/** Where rows that a reader looks for are not there. */
function curveWarning({ name, differences }: ComparedThing): string[] {
  const absent = (['tdev', 'mtie'] as const).filter((curve) => differences.every(({ quantity }) => quantity !== curve));
  if (absent.length === 0) return [];
  const curves = absent.map((curve) => curve.toUpperCase()).join(' and ');
  return [
    `No ${curves} of ${name}: the two sides have no tau in common (too few samples without a hole, or another cadence).`,
  ];
}

function typeWarnings(first: ComparedSide, second: ComparedSide): string[] {
  const names = (side: ComparedSide) => new Set(side.instances.map(({ instanceType }) => instanceType));
  const [a, b] = [names(first), names(second)];
  const only = (of: Set<string>, other: Set<string>) => [...of].filter((name) => !other.has(name));
  const text = (side: ComparedSide, missing: readonly string[]) =>
    missing.length === 0 ? [] : [`Only in ${side.label}: ${missing.join(', ')}.`];
  return [...text(first, only(a, b)), ...text(second, only(b, a))];
}

function figures(side: ComparedSide): PeriodFigures[] {
  return side.instances.flatMap((instance) => instance.figures ?? []);
}

function cadences(side: ComparedSide): string {
  const all = [...new Set(figures(side).flatMap(({ intervalsNs }) => intervalsNs))].sort((a, b) => a - b);
  return all.map((ns) => `${ns / NS_PER_S} s`).join(' and ') || 'none';
}

function longest(side: ComparedSide): number {
  return Math.max(0, ...figures(side).map(({ spanS }) => spanS));
}

function hours(seconds: number): string {
  return seconds < 3600 ? `${Math.round(seconds)} s` : `${(seconds / 3600).toFixed(1)} h`;
}

function factor(value: number): string {
  return String(Number(value.toPrecision(3)));
}

function nsText(value: number): string {
  return `${Number(value.toPrecision(3))} ns`;
}
