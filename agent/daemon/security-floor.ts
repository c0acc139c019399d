import { findVersion, isAtLeast } from '../../process/version.ts'

/** The first release with every fix that a build farm needs: older ones let a Dockerfile reach out of its build. */
export const securityFloor = '0.32.2'

/** A daemon that must not run the builds of strangers. */
export class UnsafeDaemon extends Error {
  override readonly name = 'UnsafeDaemon'
}

/** @throws UnsafeDaemon when the version is older than the floor, or is not told (builds without it say 0.0.0). */
export function requireSafeVersion(version: string): void {
  if (isAtLeast(findVersion(version), securityFloor)) return
  const found = version === '' ? 'of an unknown version' : version
  throw new UnsafeDaemon(
    `buildkitd ${found} is older than ${securityFloor}, the first version that is safe to share: set KILN_BUILDKITD_BIN to a newer one`,
  )
}
