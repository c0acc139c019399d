import type { ImageReference } from '#contract/image.ts'
import { createRegistryClient, type RegistryClient } from './client.ts'
import type { Credential } from './credential.ts'

/** Where the farm's own images lie. */
export interface OwnRegistry {
  readonly client: RegistryClient
  readonly host: string
  /** Which the host goes without; absent where nobody writes it. */
  readonly defaultPort?: '443' | '80'
  readonly prefix: string
}

/** What a reference without a host means to every builder: the names of Docker Hub. */
const defaultRegistry = 'registry-1.docker.io'

export interface Location {
  readonly client: RegistryClient
  /** Host as it is written in a reference. */
  readonly host: string
  readonly repository: string
  /** The repository's name in the library, where it lies among the farm's own images. */
  readonly library?: string
}

/** Finds the registry that a reference names. The farm's credential goes to the farm's own registry only. */
export function createLocate(own: OwnRegistry) {
  return ({ registry, repository }: ImageReference): Location => {
    if (registry !== undefined && isOwn(own, registry)) {
      const library = repository.startsWith(`${own.prefix}/`)
        ? { library: repository.slice(own.prefix.length + 1) }
        : {}
      return { client: own.client, host: own.host, repository, ...library }
    }
    if (registry !== undefined && registry !== 'docker.io') {
      const client = createRegistryClient(new URL(`https://${registry}`))
      return { client, host: registry, repository }
    }
    const path = repository.includes('/') ? repository : `library/${repository}`
    const client = createRegistryClient(new URL(`https://${defaultRegistry}`))
    return { client, host: 'docker.io', repository: path }
  }
}

/** The same host may be written with the port that goes without saying, and in capitals. */
function isOwn({ host, defaultPort }: OwnRegistry, written: string): boolean {
  const name = written.toLowerCase()
  return name === host || (defaultPort !== undefined && name === `${host}:${defaultPort}`)
}

export function createOwnRegistry(
  { url, prefix }: { readonly url: URL; readonly prefix: string },
  credential: Credential,
): OwnRegistry {
  const defaultPort = url.protocol === 'https:' ? '443' : '80'
  return { client: createRegistryClient(url, credential), host: url.host, defaultPort, prefix }
}
