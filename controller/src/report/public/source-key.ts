/** The key of a series in public: interfaces and reference clocks keep their names, servers get a stand-in (pure). */
import type { Pseudonyms } from './pseudonyms.ts';

const OPEN_KEY = /^(?:PHC\d*|PPS\d*|GPS|LOCL|SIMULATED[\w ]*|lo|eth\d+|en[ospx][a-z0-9]{1,8})$/;
const ADDRESS = /^(?:[0-9.]+|[0-9a-f:]*:[0-9a-f:.]*)$/i;

export function publicSourceKey(key: string, pseudonyms: Pseudonyms): string {
  if (key === '' || OPEN_KEY.test(key)) return key;
  return pseudonyms.of(ADDRESS.test(key) ? 'address' : 'source', key);
}
