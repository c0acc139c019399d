import type { Pool } from '../../records/connect.ts'
import { recordAudit } from '../../records/audit.ts'
import { type DueInspection, lockTags } from '../../records/inspections.ts'
import type { OwnRegistry } from '../../registry/registries.ts'
import { writeOnce } from '../../registry/write-once.ts'

export interface TagDeps {
  readonly db: Pool
  readonly own: OwnRegistry
}

/**
 * Lets the tags of a version lead where the library says: its own, and that of the name where the name points at it. They
 * may never have been written, or somebody else has. Nothing is written of what is being deleted, which would bring it back.
 * @throws RegistryError
 */
export async function putTagsRight({ db, own }: TagDeps, due: DueInspection): Promise<void> {
  const { client, prefix } = own
  const place = `${prefix}/${due.repository}`
  const leads = async (tag: string) => (await client.readManifest(place, tag))?.digest
  const wrong = async (tag: string) => {
    const before = await leads(tag)
    return before === due.digest ? [] : [{ tag, before: before ?? null }]
  }
  const version = `${due.tag}-v${due.number}`
  const found = [...(await wrong(version)), ...(due.isCurrent ? await wrong(due.tag) : [])]
  if (found.length === 0) return
  await db.transaction().execute(async (transaction) => {
    const state = await lockTags(transaction, due.id)
    const manifest = await client.readManifest(place, due.digest)
    if (state === undefined || manifest?.digest !== due.digest) return
    for (const { tag, before } of found) {
      if (tag === version) await writeOnce(client, place, tag, manifest)
      else if (state.isCurrent) await client.writeManifest(place, tag, manifest)
      else continue
      const detail = { tag, before, version: due.id }
      const entry = { actor: 'farm', action: 'version.tag', object: due.digest, detail }
      await recordAudit(transaction, entry)
    }
  })
}
