import { randomBytes, randomUUID } from 'node:crypto'
import type { SealedHookSecret } from '../../records/webhooks.ts'
import type { ProjectRow } from '../../records/projects.ts'
import type { Vault } from '../secrets/vault.ts'

const secretBytes = 32

/** What the secret of a webhook is bound to, so that it opens nowhere else. */
export const boundName = (webhookId: string) => `webhook ${webhookId}`

/** A new secret, in the clear for whoever asked, and as it is kept. */
export async function makeHookSecret(
  vault: Vault,
  project: ProjectRow,
  webhookId: string,
): Promise<{ readonly text: string; readonly kept: SealedHookSecret }> {
  const text = `whsec_${randomBytes(secretBytes).toString('base64')}`
  const version = randomUUID()
  const place = { name: boundName(webhookId), version }
  const sealed = await vault.seal(project, place, Buffer.from(text))
  return { text, kept: { sealed, version } }
}
