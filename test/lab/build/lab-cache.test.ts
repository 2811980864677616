import { describe, expect, it } from 'vitest';
import { CacheFolder, cacheRoot } from './lab-cache.ts';

const UNSAFE = expect.objectContaining({ code: 'unsafe_path' });

describe('the cache of the lab', () => {
  it.each([{}, { HOME: '' }, { HOME: 'home' }, { XDG_CACHE_HOME: 'relative' }, { XDG_CACHE_HOME: '/a/../b' }])(
    'refuses a folder that is unset, relative or not normal: %o',
    (environment) => {
      const folder = () => cacheRoot(environment);
      expect(folder).toThrow(UNSAFE);
    },
  );

  it('lies in the user cache folder', () => {
    expect(cacheRoot({ HOME: '/home/someone' })).toBe('/home/someone/.cache/ptp-tester-lab');
    expect(cacheRoot({ HOME: '/home/someone', XDG_CACHE_HOME: '/var/cache/x' })).toBe('/var/cache/x/ptp-tester-lab');
  });

  it.each(['', 'image', '../etc', 'image-0123456789abcde', 'image-0123456789abcdef/..'])(
    'has no folder called "%s"',
    (name) => {
      expect(() => new CacheFolder('/var/cache/ptp-tester-lab', name)).toThrow(UNSAFE);
    },
  );

  it.each([[['..']], [['', 'etc']], [['a', '..', '..', 'b']], [['.']], [[]]])(
    'gives no path outside a folder: %o',
    (parts) => {
      const folder = new CacheFolder('/var/cache/ptp-tester-lab', 'image-0123456789abcdef');
      expect(() => folder.at(...parts)).toThrow(UNSAFE);
      expect(folder.at('a', 'b')).toBe('/var/cache/ptp-tester-lab/image-0123456789abcdef/a/b');
    },
  );
});
