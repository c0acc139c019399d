import { z } from 'zod'

/** A build context by the digest of its normalised tar. */
export const contextDigest = z.string().regex(/^sha256:[0-9a-f]{64}$/, 'expected sha256:…')

/** What a context may be, checked while it is read. */
export const contextLimits = {
  /** Bytes as uploaded and, apart from that, unpacked. */
  bytes: 1024 ** 3,
  files: 100_000,
  pathLength: 1024,
} as const
