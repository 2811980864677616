/** The boundaries of ARCHITECTURE.md as a test: who may import whom, and that the documents name things that exist. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';

const root = resolve(import.meta.dirname, '..');

/** What each workspace package may import of the others, and why not more. */
const PACKAGE_RULES: Record<string, { may: readonly string[]; because: string }> = {
  'packages/measurement': { may: [], because: 'the vocabulary stands below everything' },
  'packages/clockstats': { may: ['measurement'], because: 'statistics are pure functions of series' },
  'packages/wire': { may: ['measurement'], because: 'the protocol is pure; compression and checksum are passed in' },
  'packages/native': { may: [], because: 'the addon knows system calls, not measurements' },
  'packages/phc': { may: ['measurement', 'native'], because: 'a PHC reading knows no protocol and no agent' },
  'packages/chrony': { may: ['measurement'], because: 'chrony is talked to over its own protocol only' },
  'packages/local-ec2': { may: [], because: 'the EC2 stand-in must not know the product it tests' },
  'packages/testkit': { may: ['measurement', 'wire'], because: 'test tools speak the protocol, nothing else' },
  agent: {
    may: ['chrony', 'measurement', 'native', 'phc', 'wire'],
    because: 'the agent keeps no statistics and knows no controller',
  },
  controller: {
    may: ['clockstats', 'measurement', 'wire'],
    because: 'the controller touches no device and knows no agent code',
  },
};

/** Folders of the controller in layers, top first. A layer may import the layers below it, never one above or beside it. */
const CONTROLLER_LAYERS: readonly (readonly string[])[] = [
  ['main.ts'],
  ['cli'],
  ['app'],
  ['api'],
  ['report'],
  ['analysis', 'fleet', 'ingest', 'metrics', 'notify'],
  ['live'],
  ['store'],
  ['charts', 'config'],
  ['runs'],
];

interface Import {
  readonly from: string;
  readonly specifier: string;
}

const IMPORT =
  /(?:^|\n)\s*(?:import|export)\b[^'";]*?\bfrom\s*'([^']+)'|\bimport\(\s*'([^']+)'\s*\)|(?:^|\n)\s*import\s*'([^']+)'/g;

function sourceFiles(folder: string): string[] {
  const entries = readdirSync(join(root, folder), { withFileTypes: true });
  return entries.flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return ['node_modules', 'dist'].includes(entry.name) ? [] : sourceFiles(path);
    return /\.tsx?$/.test(entry.name) && !/\.test\.tsx?$/.test(entry.name) ? [path] : [];
  });
}

function importsOf(folder: string): Import[] {
  return sourceFiles(folder).flatMap((from) => {
    const text = readFileSync(join(root, from), 'utf8');
    return [...text.matchAll(IMPORT)].map((match) => ({ from, specifier: match[1] ?? match[2] ?? match[3] ?? '' }));
  });
}

describe('package boundaries', () => {
  for (const [folder, rule] of Object.entries(PACKAGE_RULES)) {
    it(`${folder} imports only ${rule.may.join(', ') || 'nothing'} of the workspace, because ${rule.because}`, () => {
      const files = sourceFiles(folder);
      expect(files.length, `no source file seen in ${folder}: this check would be empty`).toBeGreaterThan(0);
      const imports = importsOf(folder);
      const wrong = imports.filter(({ from, specifier }) => {
        if (specifier.startsWith('@ptp-tester/')) return !rule.may.includes(specifier.slice('@ptp-tester/'.length));
        return specifier.startsWith('.') && relative(folder, join(dirname(from), specifier)).startsWith('..');
      });
      expect(wrong).toEqual([]);
    });
  }

  it('names every workspace package', () => {
    const present = [...readdirSync(join(root, 'packages')).map((name) => `packages/${name}`), 'agent', 'controller'];
    expect(present.sort()).toEqual(Object.keys(PACKAGE_RULES).sort());
  });
});

describe('the controller', () => {
  const src = 'controller/src';
  const layerOf = (path: string) => {
    const first = relative(src, path).split('/')[0] ?? '';
    const name = first === 'app.ts' ? 'app' : first;
    return CONTROLLER_LAYERS.findIndex((layer) => layer.includes(name));
  };

  it('has no file outside the layers', () => {
    const files = sourceFiles(src);
    expect(files.length).toBeGreaterThan(10);
    expect(files.filter((file) => layerOf(file) < 0)).toEqual([]);
  });

  it('imports downwards only', () => {
    const inside = importsOf(src).filter(({ specifier }) => specifier.startsWith('.'));
    expect(inside.length).toBeGreaterThan(10);
    const wrong = inside.filter(({ from, specifier }) => {
      const target = join(dirname(from), specifier);
      const sameFolder = relative(src, from).split('/')[0] === relative(src, target).split('/')[0];
      return !sameFolder && layerOf(target) <= layerOf(from);
    });
    expect(wrong).toEqual([]);
  });

  it('lets only controller/src/fleet/aws see the AWS SDK', () => {
    const users = importsOf('controller').filter(({ specifier }) => specifier.startsWith('@aws-sdk/'));
    expect(users.length).toBeGreaterThan(0);
    expect(users.map(({ from }) => from).filter((from) => !from.startsWith('controller/src/fleet/aws/'))).toEqual([]);
  });
});

describe('the page', () => {
  const web = 'controller/web';

  it('is seen with its .tsx files', () => {
    expect(sourceFiles(web).filter((file) => file.endsWith('.tsx')).length).toBeGreaterThan(10);
  });

  it('runs nothing of the controller but charts and the texts of the report: of the rest it knows types only', () => {
    const statements = sourceFiles(web).flatMap((from) =>
      [...readFileSync(join(root, from), 'utf8').matchAll(/^import (type )?[^'"]*? from '([^']+)';/gm)].map(
        ([, type, specifier = '']) => ({ from, isType: type !== undefined, specifier }),
      ),
    );
    const ran = statements.filter(({ specifier, isType }) => specifier.includes('../src/') && !isType);
    expect(ran.length).toBeGreaterThan(5);
    expect(ran.filter(({ specifier }) => !/\/src\/(charts|report)\//.test(specifier))).toEqual([]);
    expect(statements.filter(({ specifier }) => specifier.startsWith('node:'))).toEqual([]);
  });
});

describe('the documents', () => {
  for (const document of ['ARCHITECTURE.md', 'README.md']) {
    it(`${document} names only paths that exist`, () => {
      const text = readFileSync(join(root, document), 'utf8');
      const paths = [...text.matchAll(/`((?:packages|agent|controller|deploy|test|docs|tools)\/[\w./-]*)`/g)].map(
        (match) => match[1] ?? '',
      );
      expect(paths.length).toBeGreaterThan(3);
      expect(paths.filter((path) => !existsSync(join(root, path)))).toEqual([]);
    });
  }
});
