import type { RegistryClient } from '../../registry/client.ts'

/** Somebody else removes it by now, or has. */
export class TakenOver extends Error {
  override readonly name = 'TakenOver'
}

type Client = Pick<RegistryClient, 'readManifest' | 'deleteManifest'>

/** The client of a try that may have been slower than its lease: it removes nothing unless `hold` says that it still may. */
export function heldClient(client: Client, hold: () => Promise<boolean>): Client {
  return {
    readManifest: async (repository, reference) => client.readManifest(repository, reference),
    deleteManifest: async (repository, reference) => {
      if (!(await hold())) throw new TakenOver('another try removes it')
      await client.deleteManifest(repository, reference)
    },
  }
}
