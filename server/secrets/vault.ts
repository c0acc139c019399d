import { randomBytes, randomUUID } from 'node:crypto'
import type { Logger } from 'pino'
import type { Pool } from '../../records/connect.ts'
import { findProjectKey, storeProjectKey } from '../../records/project-keys.ts'
import type { ProjectRow } from '../../records/projects.ts'
import { putSecret, type SealedSecret } from '../../records/secrets.ts'
import type { Scope } from '../../records/scope.ts'
import type { KeyRing } from './key-ring.ts'
import { rewrapKeys } from './rewrap-keys.ts'
import { keyBytes, open, seal } from './seal.ts'

/** A secret with its value in the clear. The bytes belong to whoever asked, who overwrites them when they are used up. */
export interface OpenSecret {
  readonly name: string
  readonly value: Buffer
}

/** What a sealed value is bound to. */
export type Place = Omit<SealedSecret, 'sealed'>

/** Secrets with values that only this process can read. */
export interface Vault {
  put(
    scope: Scope,
    project: ProjectRow,
    name: string,
    value: Uint8Array,
  ): ReturnType<typeof putSecret>
  /** Seals a value of the project's for one place, where alone it opens again. */
  seal(project: ProjectRow, place: Place, value: Uint8Array): Promise<Uint8Array>
  open(
    project: { readonly id: number; readonly name: string },
    secrets: readonly SealedSecret[],
  ): Promise<readonly OpenSecret[]>
  /** Wraps all data keys under the first key that the operator gives. */
  rewrap(log: Logger): Promise<void>
}

export function createVault(db: Pool, ring: KeyRing): Vault {
  /** Gives the data key of the project to `use` and forgets it. */
  const withKey = async <T>(
    { id, name }: { readonly id: number; readonly name: string },
    use: (key: Buffer) => T,
  ): Promise<T> => {
    const stored = await findProjectKey(db, id)
    if (stored === undefined) throw new Error(`the project ${name} has no data key`)
    const key = ring.unwrap(name, stored)
    try {
      return use(key)
    } finally {
      key.fill(0)
    }
  }
  const ensureKey = async (project: ProjectRow): Promise<void> => {
    if ((await findProjectKey(db, project.id)) !== undefined) return
    const key = randomBytes(keyBytes)
    const wrapped = ring.wrap(project.name, key)
    key.fill(0)
    await storeProjectKey(db, project, wrapped)
  }
  const sealFor: Vault['seal'] = async (project, place, value) => {
    await ensureKey(project)
    return withKey(project, (key) => seal(key, value, boundTo(project.name, place)))
  }
  return {
    seal: sealFor,
    rewrap: async (log) => rewrapKeys({ db, log }, ring),
    put: async (scope, project, name, value) => {
      const version = randomUUID()
      const sealed = await sealFor(project, { name, version }, value)
      return putSecret(scope, project, { name, version, sealed }, value.length)
    },
    open: async (project, secrets) => {
      if (secrets.length === 0) return []
      return withKey(project, (key) =>
        secrets.map(({ sealed, ...secret }) => ({
          name: secret.name,
          value: open(key, sealed, boundTo(project.name, secret)),
        })),
      )
    },
  }
}

/** A sealed value opens only in its own place: not as another secret, in another project or as an earlier value. */
function boundTo(project: string, { name, version }: Place): string {
  return `${project}|${name}|${version}`
}
