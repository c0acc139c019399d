import { HarborError } from './error.ts'
import { hasFeature, isSupported, isTried, newestTried, oldestSupported } from './features.ts'
import type { HarborVersion } from './features.ts'
import type { Harbor } from './harbor.ts'
import { versionTags } from './setup.ts'

/** One thing that was looked at, for people. */
export interface Examined {
  readonly what: string
  readonly state: 'ok' | 'warning' | 'missing'
  /** What is wrong and what to do; empty when all is well. */
  readonly advice: string
}

/** Looks at a Harbor with the credential that Kiln works with, and names what is missing. Changes nothing. */
export async function examineHarbor(harbor: Harbor, project: string): Promise<readonly Examined[]> {
  const reached = await attempt('Harbor answers', async () => examineSystem(harbor))
  if (reached.some(({ state }) => state === 'missing')) return reached
  const found = await attempt(`project ${project}`, async () => examineProject(harbor, project))
  return [...reached, ...found]
}

async function examineSystem(harbor: Harbor): Promise<readonly Examined[]> {
  const { version, readOnly } = await harbor.system.info()
  if (version === undefined) {
    return [
      missing('credential', 'Harbor does not take it: make a new one with `kiln harbor setup`'),
    ]
  }
  const { components } = await harbor.system.health()
  const ill = components.filter(({ status }) => status !== 'healthy').map(({ name }) => name)
  const name = `Harbor ${version.major}.${version.minor}.${version.patch}`
  return [
    judgeVersion(name, version),
    hasFeature(version, 'sbom')
      ? ok('bills of materials')
      : warning('bills of materials', 'Harbor makes them since 2.11'),
    ill.length === 0 ? ok('components') : warning('components', `not healthy: ${ill.join(', ')}`),
    readOnly
      ? missing('writing', 'Harbor is in read-only mode: nothing can be published')
      : ok('writing'),
  ]
}

function judgeVersion(name: string, version: HarborVersion): Examined {
  if (!isSupported(version))
    return missing(name, `older than ${oldestSupported.join('.')}: upgrade it`)
  if (isTried(version)) return ok(name)
  return warning(name, `newer than ${newestTried.join('.')}, the newest that Kiln was tried with`)
}

async function examineProject(harbor: Harbor, project: string): Promise<readonly Examined[]> {
  const found = await harbor.projects.find(project)
  const make = 'make it with `kiln harbor setup`'
  if (found === undefined) return [missing(`project ${project}`, make)]
  const { metadata, registry_id: proxied } = found
  const rules: string[] = []
  for await (const { tags } of harbor.immutableRules.list(project)) rules.push(tags)
  const hooks: string[] = []
  for await (const { name } of harbor.webhooks.list(project)) hooks.push(name)
  const { used, limit } = await harbor.projects.usage(project)
  const full = limit !== undefined && used > 0.9 * limit
  return [
    typeof proxied === 'number' && proxied > 0
      ? missing(`project ${project}`, 'it is a proxy of another registry: name another project')
      : ok(`project ${project}`),
    rules.includes(versionTags.tags)
      ? ok('immutable versions')
      : missing('immutable versions', make),
    hooks.length > 0 ? ok('webhook') : warning('webhook', 'late findings are seen by polling only'),
    metadata?.auto_scan === true
      ? ok('scan on push')
      : warning('scan on push', 'turn on auto-scan'),
    metadata?.prevent_vul === true
      ? warning(
          'pulls',
          'Harbor refuses images that are not scanned, the bases of builds among them',
        )
      : ok('pulls'),
    full ? warning('quota', `${used} of ${limit} bytes are used`) : ok('quota'),
  ]
}

const ok = (what: string): Examined => ({ what, state: 'ok', advice: '' })
const warning = (what: string, advice: string): Examined => ({ what, state: 'warning', advice })
const missing = (what: string, advice: string): Examined => ({ what, state: 'missing', advice })

async function attempt(
  what: string,
  look: () => Promise<readonly Examined[]>,
): Promise<readonly Examined[]> {
  try {
    return await look()
  } catch (error) {
    if (!(error instanceof HarborError)) throw error
    return [missing(what, error.message)]
  }
}
