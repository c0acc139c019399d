/** What not every Harbor has, by the first release that has it. */
const since = {
  /** Bills of materials made by the scanner. */
  sbom: [2, 11],
  /** The newest artifact of each repository in one list. */
  artifactsOfProject: [2, 12],
  /** The audit log under `/auditlog-exts`; the older one stays empty from here on. */
  auditLogExts: [2, 13],
} as const satisfies Record<string, readonly [number, number]>

export type HarborFeature = keyof typeof since

/** The oldest release line that this client was written for. */
export const oldestSupported = [2, 12] as const

/** The newest release line that it was tried with. */
export const newestTried = [2, 15] as const

export interface HarborVersion {
  readonly major: number
  readonly minor: number
  readonly patch: number
}

/** Reads `v2.15.2-1a2b3c4d`; `undefined` when it is something else. */
export function parseHarborVersion(text: string): HarborVersion | undefined {
  const match = /^v?(\d+)\.(\d+)\.(\d+)(?:-|$)/.exec(text)
  if (match === null) return undefined
  const [major = 0, minor = 0, patch = 0] = match.slice(1).map(Number)
  return { major, minor, patch }
}

export function hasFeature(version: HarborVersion, feature: HarborFeature): boolean {
  return isAtLeast(version, since[feature])
}

export function isSupported(version: HarborVersion): boolean {
  return isAtLeast(version, oldestSupported)
}

export function isTried({ major, minor }: HarborVersion): boolean {
  return !isAtLeast({ major, minor: minor - 1, patch: 0 }, newestTried)
}

function isAtLeast(
  { major, minor }: HarborVersion,
  [wantedMajor, wantedMinor]: readonly [number, number],
): boolean {
  return major > wantedMajor || (major === wantedMajor && minor >= wantedMinor)
}
