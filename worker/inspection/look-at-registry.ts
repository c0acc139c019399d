import type { Db } from '../../records/connect.ts'
import { saveRegistry } from '../../records/registry-state.ts'
import { RegistryError } from '../../registry/error.ts'
import type { OwnRegistry } from '../../registry/registries.ts'
import { HarborError } from '../../harbor/error.ts'
import { isHarborAt } from '../../harbor/examine-registry.ts'
import type { Harbor } from '../../harbor/harbor.ts'

export interface LookDeps {
  readonly db: Db
  readonly own: OwnRegistry
  readonly registryUrl: URL
  readonly harbor: Harbor
}

/** Finds out what the farm's registry is. What was known stays known while it does not answer. */
export async function lookAtRegistry(deps: LookDeps): Promise<void> {
  const { db, own, registryUrl, harbor } = deps
  try {
    const isHarbor = await isHarborAt(registryUrl)
    const version = isHarbor ? (await harbor.system.info()).version : undefined
    await saveRegistry(db, {
      host: own.host,
      kind: isHarbor ? 'harbor' : 'oci',
      version: version && `${version.major}.${version.minor}.${version.patch}`,
    })
  } catch (error) {
    if (!(error instanceof RegistryError) && !(error instanceof HarborError)) throw error
  }
}
