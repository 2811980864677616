import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { placedInFile, readConfigText } from './config-file.ts';
import { mergeRunOptions } from './run-options.ts';
import { configSchemaText } from './write-schema.ts';

function problems(name: string, content: string): string[] {
  return readConfigText(name, content).problems.map(({ field, reason }) => `${field}: ${reason}`);
}

describe('readConfigText', () => {
  it('reads YAML and JSON with the same meaning', () => {
    const yaml = 'instance_types:\n  - type: c7i.large\n    quantity: 2\nsubnet_id: subnet-12345678\n';
    const json = '{"instance_types":[{"type":"c7i.large","quantity":2}],"subnet_id":"subnet-12345678"}';
    expect(problems('a.yaml', yaml)).toEqual([]);
    expect(readConfigText('a.yaml', yaml).file).toEqual(readConfigText('a.json', json).file);
  });

  it('takes one subnet or several', () => {
    expect(readConfigText('a.yml', 'subnet_id: [subnet-12345678, subnet-87654321]').file).toEqual({
      subnet_id: ['subnet-12345678', 'subnet-87654321'],
    });
  });

  it('says line and column of a YAML error', () => {
    expect(problems('a.yaml', 'soak:\n  duration: [1\n')[0]).toMatch(/^a\.yaml, line 3, column 1: /);
  });

  it('says the position of a JSON error', () => {
    expect(problems('a.json', '{"soak": }')).toContain('a.json, position 9 (line 1, column 10): value expected');
  });

  it('refuses comments and trailing commas in JSON', () => {
    expect(problems('a.json', '{"region": "eu-north-1",}')).not.toEqual([]);
    expect(problems('a.json', '{} // what')).not.toEqual([]);
  });

  it('names every invalid value and every unknown key, with the nearest known one', () => {
    const found = problems(
      'a.json',
      '{"subnet_id":"x","soak":{"readings":99,"durtion":"3h"},"colour":"red","instance_types":[{"type":"c7i.large","quantiti":1}],"allow_metal":"yes","cleanup":{"keep":"some"}}',
    ).join('\n');
    expect(found).toMatch(/subnet_id: must look like subnet-0123456789abcdef0, not "x"/);
    expect(found).toMatch(/soak\.readings: must be <= 25, not 99/);
    expect(found).toMatch(/soak\.durtion: is not a known key; did you mean duration\?/);
    expect(found).toMatch(/instance_types\.0\.quantiti: is not a known key; did you mean quantity\?/);
    expect(found).toMatch(/colour: is not a known key; known here: instance_types, /);
    expect(found).toMatch(/allow_metal: must be boolean/);
    expect(found).toMatch(/cleanup\.keep: must be ask, all, none, or must look like 1,3,5-7, not "some"/);
  });
});

it('finds a key that belongs into a section', () => {
  expect(problems('a.json', '{"keep":"all"}').join()).toContain('keep: is not a known key; did you mean cleanup.keep?');
});

it('says where each fault of a value or key stands', () => {
  const yaml = 'region: eu-north-1\nsoak:\n  readings: 99\n  durtion: 1h\ninstance_types:\n  - type: c7i\n';
  const found = problems('a.yaml', yaml);
  expect(found).toContain('a.yaml, line 3, column 3: soak.readings: must be <= 25, not 99');
  expect(found).toContain('a.yaml, line 4, column 3: soak.durtion: is not a known key; did you mean duration?');
  expect(found).toContain('a.yaml, line 6, column 5: instance_types.0.type: must look like c7i.large, not "c7i"');
  expect(problems('a.json', '{\n "region": 5}')).toEqual([
    'a.json, position 3 (line 2, column 2): region: must be string, not 5',
  ]);
});

it('a fault hides no other of its section, and what stands where an object belongs is told how that looks', () => {
  const text =
    'instance_types: [c7i.larg]\nsubnet_id: subnet-0123456789abcdef0\nsoak:\n  intervall_ms: 5\n  readings: x\n  duration: 1 fortnight';
  const { file, problems } = readConfigText('a.yaml', text);
  expect(file.soak).toEqual({ duration: '1 fortnight' });
  expect(problems.map(({ field, reason }) => `${field} ${reason}`).sort()).toEqual([
    'a.yaml, line 1, column 18: instance_types.0 must look like { type: c7i.large, quantity: 2 }, not "c7i.larg"',
    'a.yaml, line 4, column 3: soak.intervall_ms is not a known key; did you mean interval_ms?',
    'a.yaml, line 5, column 3: soak.readings must be integer, not "x"',
  ]);
  expect(() => mergeRunOptions({}, file, { isTerminal: false })).toThrow('1 fortnight');
});

it('a simulated PHC needs no property, and takes each', () => {
  for (const given of [{}, { white_noise_ns: 50 }, { seed: 7 }]) {
    const { file, problems } = readConfigText('a.json', JSON.stringify({ soak: { simulated_phc: given } }));
    expect([file, problems]).toEqual([{ soak: { simulated_phc: given } }, []]);
  }
  const { problems } = readConfigText('a.json', '{"soak": {"simulated_phc": {"white_noise": 1}}}');
  expect(problems[0]?.reason).toBe('is not a known key; did you mean white_noise_ns?');
});

it('what is right in a file with faults can be used, so that what else is missing can be said too', () => {
  const { file, problems: found } = readConfigText('a.yaml', 'region: eu-north-1\nsoak: {readings: 99}\nnonsense: 1\n');
  expect([file, found.length]).toEqual([{ region: 'eu-north-1' }, 2]);
  expect(readConfigText('a.yaml', '- 1').problems.length).toBe(1);
  expect(readConfigText('a.json', '{')).toMatchObject({ file: {}, isParsed: false });
});

it('docs/config.schema.json is the schema as it is now, and a file may name it for its editor', () => {
  const path = join(import.meta.dirname, '../../../docs/config.schema.json');
  expect(
    readFileSync(path, 'utf8'),
    'run sh tools/node.sh controller/src/config/write-schema.ts docs/config.schema.json',
  ).toBe(configSchemaText());
  expect(readConfigText('a.json', '{"$schema": "docs/config.schema.json", "region": "eu-north-1"}').file).toMatchObject(
    {
      region: 'eu-north-1',
    },
  );
  expect(
    readConfigText('a.yaml', '# yaml-language-server: $schema=docs/config.schema.json\nregion: eu-north-1').file,
  ).toEqual({
    region: 'eu-north-1',
  });
});

it('names what stands in the file by its place there, and what stood on the command line by its flag', () => {
  const read = readConfigText('a.yaml', 'soak:\n  duration: 14 days\ntimeouts:\n  agent: soon\n');
  const fieldOf = (field: string, isGiven = false) => placedInFile({ field, reason: '' }, read, () => isGiven).field;
  expect(fieldOf('--duration')).toBe('a.yaml, line 2, column 3: soak.duration');
  expect(fieldOf('timeouts.agent')).toBe('a.yaml, line 4, column 3: timeouts.agent');
  expect(fieldOf('--duration', true)).toBe('--duration');
  expect(fieldOf('--max-lifetime')).toBe('--max-lifetime');
});
