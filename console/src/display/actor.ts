import type { Texts } from '../language.ts'

/** Who did something, from how the audit log names them: `user:alice/kiln_…` or `api`. Pure. */
export function showActor(actor: string | null, t: Texts): string {
  if (actor === null) return '–'
  const user = /^user:([^/]+)/.exec(actor)?.[1]
  return user ?? (actor === 'api' ? t.shell.operator : actor)
}
