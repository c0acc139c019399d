import { z } from 'zod'

/** Many more than any container runtime stacks. */
const maxLayers = 1_000

const descriptor = z.object({
  mediaType: z.string().default(''),
  digest: z.string(),
  size: z.number().int().nonnegative(),
})

/** The manifest of one image. BuildKit writes null for the layers of an image that has none. */
export const imageManifest = z.object({
  config: descriptor,
  layers: z
    .array(descriptor)
    .max(maxLayers)
    .nullable()
    .transform((layers) => layers ?? []),
})

/** What Kiln reads of the configuration of an image. */
export const imageConfig = z.object({
  os: z.string(),
  architecture: z.string(),
  config: z.object({ Env: z.array(z.string()).nullish() }).nullish(),
})

/** Manifests of one image for several platforms, or of what hangs on one. */
export const imageIndex = z.object({
  manifests: z
    .array(
      z.object({
        digest: z.string(),
        artifactType: z.string().optional(),
        platform: z
          .object({
            os: z.string(),
            architecture: z.string(),
            variant: z.string().optional(),
          })
          .optional(),
      }),
    )
    .max(maxLayers),
})
