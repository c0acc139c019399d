import { z } from 'zod'

/** A build context by the digest of its normalised tar. */
export const contextDigest = z.string().regex(/^sha256:[0-9a-f]{64}$/, 'expected sha256:…')

/** What every context must keep to, whatever a server is configured to take: longer names fit no file system. */
export const pathLimits = {
  /** Bytes of a path, and of the target of a link. */
  path: 1024,
  /** Bytes of one name in it. */
  name: 255,
  /** Names in it. */
  depth: 128,
} as const
