import { z } from 'zod'
import type { Scope } from './scope.ts'

/** What a token service puts into its tokens; `null` where it allows nothing. */
const claims = z.object({
  access: z
    .array(
      z.object({
        type: z.string(),
        name: z.string(),
        actions: z
          .array(z.string())
          .nullish()
          .transform((list) => list ?? []),
      }),
    )
    .nullish()
    .transform((list) => list ?? []),
})

/**
 * What a token says that it allows. A token service answers a wrong password, or a wish that it does not grant, with a
 * token that allows less, and says nothing: only the token itself tells. `undefined` for one that cannot be read, as a
 * service may make them: whether it is good is then found out by using it. Pure.
 */
export function readAccess(token: string): readonly Scope[] | undefined {
  const [, payload, signature] = token.split('.')
  if (payload === undefined || signature === undefined) return undefined
  const parsed = claims.safeParse(parseJson(Buffer.from(payload, 'base64url').toString()))
  if (!parsed.success) return undefined
  return parsed.data.access
    .filter(({ type }) => type === 'repository')
    .map(({ name, actions }) => ({ repository: name, actions }))
}

/** The first of the wanted scopes that is not granted in full. Pure. */
export function findRefused(
  granted: readonly Scope[],
  wanted: readonly Scope[],
): Scope | undefined {
  return wanted.find(({ repository, actions }) => {
    const allowed = granted.filter((one) => one.repository === repository)
    return !actions.every((action) => allowed.some((one) => one.actions.includes(action)))
  })
}

/** Whether more is granted than was asked for. Pure. */
export function grantsMore(granted: readonly Scope[], asked: readonly Scope[]): boolean {
  return granted.some((one) => findRefused(asked, [one]) !== undefined)
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
