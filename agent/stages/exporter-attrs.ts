import type { BuildOptions, BuildPlan } from '#contract/build.ts'
import { sourceDateEpoch } from './source-date-epoch.ts'

/** How the image is written, the same in each stage so that its digest is, and whether it is pushed. Pure. */
export function exporterAttrs(
  { registry, options }: BuildPlan,
  push: boolean,
): Record<string, string> {
  const epoch = sourceDateEpoch(options)
  return {
    'oci-mediatypes': 'true',
    ...compressionAttrs(options.compression ?? { type: 'zstd', force: false }),
    ...(epoch !== undefined && { 'source-date-epoch': epoch, 'rewrite-timestamp': 'true' }),
    ...(push && {
      name: registry.repository,
      push: 'true',
      'push-by-digest': 'true',
      ...(registry.insecure && { 'registry.insecure': 'true' }),
    }),
  }
}

function compressionAttrs(
  compression: NonNullable<BuildOptions['compression']>,
): Record<string, string> {
  const { type, force } = compression
  const level = 'level' in compression ? compression.level : undefined
  return {
    compression: type,
    ...(level !== undefined && { 'compression-level': String(level) }),
    ...(force && { 'force-compression': 'true' }),
  }
}
