import { describe, expect, it } from 'vitest';
import { ConfigError } from './config-error.ts';
import { parseConfigFile } from './config-file.ts';

function problems(name: string, content: string): string[] {
  try {
    parseConfigFile(name, content);
    return [];
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return error.problems.map(({ field, reason }) => `${field}: ${reason}`);
  }
}

describe('parseConfigFile', () => {
  it('reads YAML and JSON with the same meaning', () => {
    const yaml = 'instance_types:\n  - type: c7i.large\n    quantity: 2\nsubnet_id: subnet-12345678\n';
    const json = '{"instance_types":[{"type":"c7i.large","quantity":2}],"subnet_id":"subnet-12345678"}';
    expect(parseConfigFile('a.yaml', yaml)).toEqual(parseConfigFile('a.json', json));
  });

  it('takes one subnet or several', () => {
    expect(parseConfigFile('a.yml', 'subnet_id: [subnet-12345678, subnet-87654321]')).toEqual({
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
    expect(found).toMatch(/subnet_id: must match pattern/);
    expect(found).toMatch(/soak\.readings: must be <= 25/);
    expect(found).toMatch(/soak\.durtion: is not a known key; did you mean duration\?/);
    expect(found).toMatch(/instance_types\.0\.quantiti: is not a known key; did you mean quantity\?/);
    expect(found).toMatch(/colour: is not a known key; known here: instance_types, /);
    expect(found).toMatch(/allow_metal: must be boolean/);
    expect(found).toMatch(/cleanup\.keep: /);
  });
});
