import { z } from 'zod'

const text = z.string().max(256)

/** How many are kept of one image. */
export const maxPackages = 10_000

export const imagePackage = z.object({
  /** Whose list says that it is there. */
  kind: z.enum(['deb', 'apk', 'python', 'conda']),
  /** As that list writes it, Python's in lower case with `_`. */
  name: text.min(1),
  version: text,
  arch: text.optional(),
  /** Name of the source package, where that is another one. */
  source: text.optional(),
  /** The site-packages or the environment that it is in; absent for those of the system. */
  place: z.string().max(1024).optional(),
})

/** The packages of an image, by kind, name, version and place. Read from its files, without running anything of it. */
export const imagePackages = z.object({
  packages: z.array(imagePackage).max(maxPackages),
  /** Of os-release: `ubuntu` and `22.04`. */
  os: z.object({ id: text, version: text.optional() }).optional(),
  /** Lists that are there and are not read. */
  unread: z.array(z.enum(['rpm'])).max(1),
  /** There is more than is kept. */
  truncated: z.boolean(),
})
