import { Hono } from 'hono'
import { z } from 'zod'
import { rollBack } from '#contract/wire/move.ts'
import { findStaying } from '../../records/find-environments.ts'
import { requestMove } from '../../records/moves.ts'
import type { Scope } from '../../records/scope.ts'
import type { ApiEnv } from '../access/request-scope.ts'
import { requireFit } from '../gpus/require-fit.ts'
import { jsonBody, limitBody, query, requireJson } from '../middleware/json-body.ts'
import { Refusal } from '../refusal.ts'
import { findMove, listMoves } from '../views/move-list.ts'
import { getImage } from './get-image.ts'
import { unknownVersion } from './get-version.ts'
import { languageQuery } from './language.ts'
import { idCursor, limit } from './paging.ts'

const maxBodyBytes = 16 * 1024
const page = z.object({ cursor: idCursor, limit })

/** Where an image's name points, and what moves it. */
export function moveRoutes() {
  const body = [limitBody(maxBodyBytes), requireJson] as const
  return new Hono<ApiEnv>()
    .get('/:id{[0-9]+}/moves', query(page), async (c) => {
      const { cursor: before, limit: size } = c.req.valid('query')
      const scope = c.get('scope')
      const image = await getImage(scope, c.req.param('id'), 'read')
      return c.json(await listMoves(scope.db, image.id, { before, limit: size }))
    })
    .get('/:id{[0-9]+}/moves/:move{[0-9]+}', async (c) => {
      const scope = c.get('scope')
      const image = await getImage(scope, c.req.param('id'), 'read')
      return c.json(await getMove(scope, image.id, Number(c.req.param('move'))))
    })
    .post('/:id{[0-9]+}/rollback', ...body, query(languageQuery), jsonBody(rollBack), async (c) => {
      const scope = c.get('scope')
      const image = await getImage(scope, c.req.param('id'), 'build')
      const { version, reason } = c.req.valid('json')
      await requireFit(scope.farm, image.id, version, c.req.valid('query').lang)
      const { actor } = scope
      const request = { imageId: image.id, version, reason, actor }
      const answer = await requestMove(scope.farm, request)
      if (answer === 'unknown_version') throw unknownVersion(version)
      if (answer === 'deleted') throw new Refusal('version_deleted')
      if (answer === 'current') throw new Refusal('version_current')
      if (answer === 'pending') throw new Refusal('move_pending')
      const [move, environments] = await Promise.all([
        getMove(scope, image.id, answer.moveId),
        findStaying(scope, image.id, version),
      ])
      return c.json({ ...move, environments }, 202)
    })
}

async function getMove({ db }: Scope, imageId: number, id: number) {
  const move = await findMove(db, imageId, Math.min(id, Number.MAX_SAFE_INTEGER))
  if (move === undefined) throw new Refusal('not_found', `the image has no move ${id}`)
  return move
}
