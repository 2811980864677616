/** Versions of the ENA driver. Pure. */

export interface DriverVersion {
  readonly major: number;
  readonly minor: number;
  readonly patch: number;
}

/** PHC works from this version on (amzn-drivers RELEASENOTES). Necessary, never sufficient: PHC must also be built in, on, and offered. */
export const FIRST_PHC_VERSION: DriverVersion = { major: 2, minor: 10, patch: 0 };

/** `2.17.0g`, `2.14.1`, `2.8.3g-custom`: three numbers, then anything that is not a number. Null for kernel versions and other texts. */
export function parseDriverVersion(text: string): DriverVersion | null {
  const match = /^(\d{1,4})\.(\d{1,4})\.(\d{1,4})(?![\d.])/.exec(text.trim());
  if (match === null) return null;
  return { major: Number(match[1]), minor: Number(match[2]), patch: Number(match[3]) };
}

/** Negative when a is older than b, 0 when equal, positive when newer. */
export function compareDriverVersions(a: DriverVersion, b: DriverVersion): number {
  return a.major - b.major || a.minor - b.minor || a.patch - b.patch;
}

/** Whether the driver is new enough for PHC. A text that is no version is not. */
export function isDriverCompatible(text: string): boolean {
  const version = parseDriverVersion(text);
  return version !== null && compareDriverVersions(version, FIRST_PHC_VERSION) >= 0;
}
