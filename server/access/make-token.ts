import { randomBytes } from 'node:crypto'
import type { z } from 'zod'
import { expandScopes } from '#contract/access.ts'
import type { NewId } from '#contract/id.ts'
import type { newToken } from '#contract/wire/access.ts'
import { storeApiToken } from '../../records/api-tokens.ts'
import { findUser } from '../../records/users.ts'
import { hashToken } from './token.ts'
import { namedProject } from '../named-project.ts'
import { Refusal, refuseField } from '../refusal.ts'
import { makeApiToken } from './api-token.ts'
import type { Caller } from './caller.ts'
import { type RequestScope, requireOperator } from './request-scope.ts'

const dayMs = 24 * 60 * 60 * 1000

type Wanted = z.infer<typeof newToken>

interface Deps {
  readonly newId: NewId
  readonly now: () => number
}

/**
 * Makes a token, which nobody is told again. A caller makes none that may do more than their own, or longer.
 * @throws Refusal that names what is too much, or the field that is wrong.
 */
export async function makeToken({ newId, now }: Deps, scope: RequestScope, wanted: Wanted) {
  const { caller } = scope
  const user = await ownerOf(scope, wanted)
  refuseMore(caller, wanted)
  const project =
    wanted.project === undefined ? undefined : await namedProject(scope, wanted.project, 'read')
  if (caller.only !== undefined && project?.id !== caller.only) {
    throw new Refusal('forbidden', 'a token for one project makes tokens for that project only')
  }
  const { token, prefix } = makeApiToken(randomBytes)
  const id = newId('token')
  const ends = now() + wanted.expires_in_days * dayMs
  const expiresAt = new Date(Math.min(ends, caller.token?.expiresAt?.getTime() ?? ends))
  await storeApiToken(scope, {
    id,
    user,
    name: wanted.name,
    prefix,
    hash: hashToken(token),
    scopes: wanted.scopes,
    projectId: project?.id ?? null,
    expiresAt,
  })
  return { id, token }
}

/** Whose token it is to be: the caller's own, or, for an operator, anybody's. */
async function ownerOf(scope: RequestScope, { user: name }: Wanted) {
  const { user } = scope.caller
  if (name === undefined || name === user?.name) {
    if (user !== undefined) return user
    throw refuseField('invalid_request', 'user', 'say whose token it is to be')
  }
  requireOperator(scope)
  const found = await findUser(scope.db, name)
  if (found !== undefined) return found
  throw refuseField('user_unknown', 'user', `there is no user "${name}"`)
}

function refuseMore({ scopes: own }: Caller, { scopes, project }: Wanted): void {
  if (!own.has('admin')) throw new Refusal('forbidden', 'the token needs the scope "admin"')
  const more = [...expandScopes(scopes)].find((one) => !own.has(one))
  if (more !== undefined)
    throw new Refusal('forbidden', `the token lacks the scope "${more}" itself`)
  if (project !== undefined && scopes.includes('operate')) {
    const message = '"operate" concerns the whole farm; a token for one project cannot have it'
    throw refuseField('invalid_request', 'scopes', message)
  }
}
