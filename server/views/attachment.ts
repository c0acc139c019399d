import type { Attachment } from '../../records/attachments.ts'

/**
 * Whether evidence hangs on its image in the registry: `attached`; `waiting` while it is tried; `given_up` when it failed
 * for so long that it is tried once a day only. `null` where there is nothing to hang.
 */
export function showAttachment({ attachedAs, attachAt, givenUpAt }: Attachment) {
  if (attachedAs !== null) return { state: 'attached' as const, manifest: attachedAs }
  if (attachAt === null) return null
  if (givenUpAt === null) return { state: 'waiting' as const }
  return { state: 'given_up' as const, since: givenUpAt.toISOString() }
}
