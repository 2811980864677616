// Which network a VPC may have on this machine: one that no route of the machine knows. Pure.

/** The first two numbers of the networks that are tried, in this order: each VPC is a /16 of 10.0.0.0/8. */
export const CANDIDATE_PREFIXES: readonly string[] = Array.from({ length: 50 }, (_, index) => `10.${77 + index}`);

/** Those of the prefixes (`10.77`) that overlap none of the routes (`ip -4 route`; the default route does not count). */
export function freePrefixes(prefixes: readonly string[], routes: string): string[] {
  const taken = [...routes.matchAll(/^(?:\w+ )?(\d+\.\d+\.\d+\.\d+)(?:\/(\d+))?/gm)].map(([, address = '', length]) =>
    rangeOf(address, Number(length ?? 32)),
  );
  return prefixes.filter((prefix) => {
    const own = rangeOf(`${prefix}.0.0`, 16);
    return taken.every(({ first, last }) => last < own.first || first > own.last);
  });
}

function rangeOf(address: string, length: number): { first: number; last: number } {
  const value = address.split('.').reduce((sum, part) => sum * 256 + Number(part), 0);
  const size = 2 ** (32 - length);
  const first = Math.floor(value / size) * size;
  return { first, last: first + size - 1 };
}
