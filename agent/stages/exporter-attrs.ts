import type { BuildPlan } from '#contract/build.ts'

/** How the image is written, the same in each stage so that its digest is, and whether it is pushed. Pure. */
export function exporterAttrs({ registry }: BuildPlan, push: boolean): Record<string, string> {
  return {
    'oci-mediatypes': 'true',
    compression: 'zstd',
    ...(push && {
      name: registry.repository,
      push: 'true',
      'push-by-digest': 'true',
      ...(registry.insecure && { 'registry.insecure': 'true' }),
    }),
  }
}
