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

  it('says line and column of a YAML error', () => {
    expect(problems('a.yaml', 'soak:\n  duration: [1\n')[0]).toMatch(/^a\.yaml, line \d+, column \d+: /);
  });

  it('says what is wrong in a JSON file', () => {
    expect(problems('a.json', '{"soak": }')[0]).toMatch(/^a\.json: Unexpected token '}'/);
  });

  it('names every invalid value and every unknown key', () => {
    const found = problems('a.json', '{"subnet_id":"x","soak":{"readings":99},"colour":"red"}').join('\n');
    expect(found).toMatch(/subnet_id/);
    expect(found).toMatch(/soak\.readings/);
    expect(found).toMatch(/colour/);
  });
});
