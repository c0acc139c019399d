import { createHash } from 'node:crypto'
import type { GitSource, NamedSource } from '#contract/context.ts'
import { buildTypes, type Provenance, type Resource } from '#contract/provenance.ts'
import type { BuildRecord } from '../../records/provenance.ts'

/**
 * The provenance of a build as the control plane has it in its own records. What its node has told is its inventory and,
 * but for the time, the byproduct `verification`.
 * Secrets are named in the parameters, their values are nowhere in the records that this is made from. Pure.
 */
export function describeBuild(build: BuildRecord, builderId: string): Provenance {
  const { inventory, startedAt, placedAt, finishedAt } = build
  return {
    buildDefinition: {
      buildType: buildTypes[build.environmentId === null ? 'dockerfile' : 'environment'],
      externalParameters: {
        project: build.project,
        name: build.name,
        ...(build.environmentId === null ? recipeOf(build) : saveOf(build)),
      },
      internalParameters: { node: build.nodeId, arch: inventory.host.arch },
      resolvedDependencies: dependenciesOf(build),
    },
    runDetails: {
      builder: { id: builderId, version: { buildkit: inventory.buildkit.version } },
      metadata: {
        invocationId: `${build.id}/${build.attempt}`,
        startedOn: (startedAt ?? placedAt).toISOString(),
        ...(finishedAt !== null && { finishedOn: finishedAt.toISOString() }),
      },
      byproducts: [showVerification(build)],
    },
  }
}

function recipeOf(build: BuildRecord) {
  return {
    base_image: build.baseImage,
    dockerfile: { sha256: sha256(build.dockerfile) },
    options: build.options,
    context: askedContext(build),
    contexts: Object.fromEntries(
      Object.entries(build.sources.named).map(([name, source]) => [name, asked(source)]),
    ),
  }
}

function saveOf({ environmentId, start, choices, savedBy }: BuildRecord) {
  return { environment: environmentId, start, choices, saved_by: savedBy }
}

function dependenciesOf(build: BuildRecord): Resource[] {
  const { dockerfile, context, sources, bases, environmentId } = build
  const parents = (bases ?? []).map(({ reference, pinned }) => image(reference, pinned))
  if (environmentId !== null) return parents
  return [
    { name: 'Dockerfile', digest: { sha256: sha256(dockerfile) } },
    ...(context === null ? [] : [uploaded('context', context)]),
    ...(sources.git === undefined ? [] : [cloned('context', sources.git)]),
    ...Object.entries(sources.named).flatMap(([name, source]) => resolved(name, source)),
    ...parents,
  ]
}

function resolved(name: string, source: NamedSource): Resource[] {
  if ('upload' in source) return [uploaded(name, source.upload)]
  if ('git' in source) return [cloned(name, source)]
  return source.pinned === undefined ? [] : [image(name, source.pinned)]
}

function uploaded(name: string, digest: string): Resource {
  return { name, digest: { sha256: hexOf(digest) }, mediaType: 'application/x-tar' }
}

function cloned(name: string, { git, ref, subdir, commit }: GitSource): Resource {
  return {
    name,
    uri: `git+${git}${ref === undefined ? '' : `@${ref}`}`,
    ...(commit !== undefined && { digest: { gitCommit: commit } }),
    ...(subdir !== undefined && { annotations: { subdir } }),
  }
}

function image(name: string, pinned: string): Resource {
  return { name, uri: `oci://${pinned}`, digest: { sha256: hexOf(pinned) } }
}

/** The sources as they were asked for, before anything was looked up. */
function askedContext({ context, sources }: BuildRecord) {
  return context ?? (sources.git === undefined ? null : asked(sources.git))
}

function asked(source: NamedSource) {
  if ('upload' in source) return source.upload
  if ('image' in source) return source.image
  const { git, ref, subdir } = source
  return { git, ref, subdir }
}

function showVerification({ verdict, evidence, detail, verifiedAt }: BuildRecord): Resource {
  const told = { ...detail, verdict, evidence, at: verifiedAt.toISOString() }
  return {
    name: 'verification',
    mediaType: 'application/json',
    content: Buffer.from(JSON.stringify(told)).toString('base64'),
  }
}

const hexOf = (digest: string) => digest.slice(digest.lastIndexOf('sha256:') + 'sha256:'.length)

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}
