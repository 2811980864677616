import { expect, it } from 'vitest';
import type { ListedType } from '../../fleet/aws/ec2-type-listing.ts';
import { chooseTypes, renderTypes } from './types-table.ts';

function made(type: string, phcSupport: string | null, vcpus = 2): ListedType {
  return { type, architectures: ['x86_64'], vcpus, memoryMib: 4096, phcSupport, bareMetal: false };
}

const TYPES = [
  made('m7i.10xlarge', 'supported', 40),
  made('m7i.2xlarge', 'supported', 8),
  made('t3.micro', 'unsupported'),
];
const CHOICE = { types: TYPES, zones: null, onlyOffered: false, all: false, order: 'type' } as const;
const names = (shown: readonly ListedType[]) => shown.map(({ type }) => type);

it('only types that the API calls supported are shown, numbers in their names counting as numbers', () => {
  expect(names(chooseTypes(CHOICE))).toEqual(['m7i.2xlarge', 'm7i.10xlarge']);
});

it('all of them are shown when asked for, also sorted by what the API says', () => {
  const types = [made('a.large', 'unsupported'), made('b.large', null), made('c.large', 'supported')];
  expect(names(chooseTypes({ ...CHOICE, types, all: true, order: 'phc' }))).toEqual(['c.large', 'b.large', 'a.large']);
});

it('what is not offered there is left out', () => {
  const zones = new Map([['m7i.10xlarge', ['use1-az4']]]);
  const shown = chooseTypes({ ...CHOICE, zones, onlyOffered: true });
  expect(names(shown)).toEqual(['m7i.10xlarge']);
  expect(renderTypes(shown)).toContain('use1-az4');
});

it('a type of which the API does not say is not called unsupported', () => {
  const shown = chooseTypes({ ...CHOICE, types: [made('b.large', null)], all: true });
  expect(renderTypes(shown)).toContain('not stated');
});
