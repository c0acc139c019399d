import type { BuildPlan } from '#contract/build.ts'
import { parseReference } from '#contract/image.ts'
import type { NodeStage } from '#contract/stage.ts'
import { uploadUrl } from '../buildkit/session/upload.ts'

/** The name under which the session serves the build context. */
export const contextName = 'context.tar'

/**
 * What the Dockerfile frontend is told. A list of what is allowed, so that nothing of the user's passes unnamed: an
 * option such as `cgroup-parent` would lead out of the limits of a build. Pure.
 */
export function frontendAttrs(
  { options, bases, context }: BuildPlan,
  stage: NodeStage,
): Record<string, string> {
  return {
    filename: 'Dockerfile',
    // With this set the daemon never looks for a frontend that a `# syntax` line names.
    cmdline: 'kiln',
    ...prefixed('build-arg', options.build_args),
    ...prefixed('label', options.labels),
    ...(options.target !== undefined && { target: options.target }),
    ...(options.network === 'none' && { 'force-network-mode': 'none' }),
    // The Dockerfile stays the one of the plan, whatever the context holds under that name.
    ...(context !== null && { context: uploadUrl(contextName), dockerfilekey: 'dockerfile' }),
    // Only the first stage: the later ones want exactly what it has just put into the cache.
    ...(options.no_cache && stage === 'building' && { 'no-cache': '' }),
    ...Object.fromEntries(bases.map(pinBase)),
  }
}

function prefixed(prefix: string, values: Readonly<Record<string, string>>) {
  return Object.fromEntries(
    Object.entries(values).map(([key, value]) => [`${prefix}:${key}`, value]),
  )
}

/** A named context takes the place of the reference, so the Dockerfile stays as written and its lines keep their numbers. */
function pinBase({ reference, pinned }: BuildPlan['bases'][number]): [string, string] {
  return [`context:${familiar(reference)}`, `docker-image://${pinned}`]
}

/** The form in which the frontend looks a reference up: without the default registry, its folder and the tag `latest`. */
function familiar(reference: string): string {
  const parsed = parseReference(reference)
  const local = parsed?.registry === undefined || parsed.registry === 'docker.io'
  const short = local ? reference.replace(/^docker\.io\//, '').replace(/^library\//, '') : reference
  return short.replace(/:latest$/, '')
}
