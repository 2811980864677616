/** Sizes as people write them: `500MB`, `200GB`, `1.5TB`, `64GiB`. */

const BYTES: Readonly<Record<string, number>> = {
  MB: 1e6,
  GB: 1e9,
  TB: 1e12,
  MiB: 2 ** 20,
  GiB: 2 ** 30,
  TiB: 2 ** 40,
};

/** Whole bytes, or null when the text is not a size with its unit; zero is none. */
export function parseByteSize(text: string): number | null {
  const match = /^(\d+(?:\.\d+)?) ?([MGT]i?B)$/.exec(text);
  const bytes = Math.round(Number(match?.[1]) * (BYTES[match?.[2] ?? ''] ?? Number.NaN));
  return bytes > 0 && Number.isFinite(bytes) ? bytes : null;
}

/** `12.3 GB`, for people. */
export function formatByteSize(bytes: number): string {
  const [unit = 'MB', size = 1e6] =
    (['TB', 'GB'] as const).map((name) => [name, BYTES[name] ?? 1] as const).find(([, one]) => bytes >= one) ?? [];
  return `${(bytes / size).toFixed(1)} ${unit}`;
}
