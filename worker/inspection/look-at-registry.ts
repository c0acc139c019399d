import { HarborError } from '../../harbor/error.ts'
import { isHarborAt } from '../../harbor/examine-registry.ts'
import type { Harbor } from '../../harbor/harbor.ts'
import type { RegistryAbilities } from '#contract/registry.ts'
import type { Db } from '../../records/connect.ts'
import { findRegistry, saveRegistry } from '../../records/registry-state.ts'
import { findAnyVersion } from '../../records/versions.ts'
import { RegistryError } from '../../registry/error.ts'
import { readChallenge } from '../../registry/read-challenge.ts'
import type { OwnRegistry } from '../../registry/registries.ts'

export interface LookDeps {
  readonly db: Db
  readonly own: OwnRegistry
  readonly registryUrl: URL
  readonly harbor: Harbor
}

/** What was found is believed for so long. */
const freshMs = 10 * 60_000
const limitMs = 10_000
/** Of nothing. */
const nothing = `sha256:${'0'.repeat(64)}`

/** Finds out what the farm's registry is and does. What was known stays known while it does not answer. */
export async function lookAtRegistry({ db, own, registryUrl, harbor }: LookDeps): Promise<void> {
  if ((await findRegistry(db, own.host, freshMs))?.isFresh === true) return
  try {
    const isHarbor = await isHarborAt(registryUrl)
    const version = isHarbor ? (await harbor.system.info()).version : undefined
    await saveRegistry(db, {
      host: own.host,
      kind: isHarbor ? 'harbor' : 'oci',
      version: version && `${version.major}.${version.minor}.${version.patch}`,
      abilities: await findAbilities(db, own, registryUrl),
    })
  } catch (error) {
    if (!(error instanceof RegistryError) && !(error instanceof HarborError)) throw error
  }
}

async function findAbilities(
  db: Db,
  { client, prefix }: OwnRegistry,
  url: URL,
): Promise<RegistryAbilities> {
  const known = await findAnyVersion(db)
  const [challenge, deletion, referrers] = await Promise.all([
    readChallenge(url, AbortSignal.timeout(limitMs)),
    refusal(client.deleteManifest(`${prefix}/kiln-probe`, nothing)),
    known && client.listsReferrers(`${prefix}/${known.repository}`, known.digest),
  ])
  return {
    tokenService: challenge?.scheme === 'bearer',
    deletion: deletion === undefined,
    referrers: referrers ?? null,
  }
}

/** The status by which something was refused; `undefined` when it was not. @throws RegistryError without an answer. */
async function refusal(asked: Promise<unknown>): Promise<number | undefined> {
  try {
    await asked
    return undefined
  } catch (error) {
    if (error instanceof RegistryError && [401, 403, 405].includes(error.status ?? 0))
      return error.status
    throw error
  }
}
