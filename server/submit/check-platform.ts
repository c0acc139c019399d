import type { Db } from '../../records/connect.ts'
import { readPlatforms } from '../../records/nodes.ts'
import { refuseField } from '../refusal.ts'

/** @throws Refusal when no node can ever take the build. One that is offline may come back; a farm without nodes may get one. */
export async function checkPlatform(db: Db, platform: string | undefined): Promise<void> {
  if (platform === undefined) return
  const known = await readPlatforms(db)
  if (known.length === 0 || known.includes(platform)) return
  const message = `no node builds for ${platform}; there are ${known.join(', ')}`
  throw refuseField('no_node_for_platform', 'options.platform', message)
}
