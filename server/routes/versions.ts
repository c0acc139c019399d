import { Hono } from 'hono'
import { z } from 'zod'
import { changeVersion, rollBack } from '#contract/wire/move.ts'
import { noteVersion } from '../../records/versions.ts'
import { requestMove } from '../../records/moves.ts'
import type { ServerDeps } from '../deps.ts'
import { requireFit } from '../gpus/require-fit.ts'
import { jsonBody, limitBody, parameters, query, requireJson } from '../middleware/json-body.ts'
import { Refusal } from '../refusal.ts'
import { findMove, listMoves, listVersions } from '../views/version-list.ts'
import { getImage } from './get-image.ts'
import { idCursor, limit } from './paging.ts'

const maxBodyBytes = 16 * 1024
const page = z.object({ cursor: idCursor, limit })
const number = z.coerce
  .number()
  .int()
  .positive()
  .max(2 ** 31 - 1)
const versionPath = z.object({ id: number, version: number })

/** Versions of an image, and where its name points. */
export function versionRoutes(deps: ServerDeps) {
  const { db } = deps
  const body = [limitBody(maxBodyBytes), requireJson] as const
  return new Hono()
    .get('/:id{[0-9]+}/versions', query(page), async (c) => {
      const { cursor: before, limit: size } = c.req.valid('query')
      const image = await getImage(deps, c.req.param('id'))
      return c.json(await listVersions(db, image, { before, limit: size }))
    })
    .patch(
      '/:id{[0-9]+}/versions/:version{[0-9]+}',
      ...body,
      parameters(versionPath),
      jsonBody(changeVersion),
      async (c) => {
        const { version } = c.req.valid('param')
        const image = await getImage(deps, c.req.param('id'))
        const changed = await noteVersion(db, image, version, c.req.valid('json'))
        if (!changed) throw unknownVersion(version)
        return c.json(await oneVersion(deps, image.id, version))
      },
    )
    .get('/:id{[0-9]+}/moves', query(page), async (c) => {
      const { cursor: before, limit: size } = c.req.valid('query')
      const image = await getImage(deps, c.req.param('id'))
      return c.json(await listMoves(db, image.id, { before, limit: size }))
    })
    .get('/:id{[0-9]+}/moves/:move{[0-9]+}', async (c) => {
      const image = await getImage(deps, c.req.param('id'))
      return c.json(await getMove(deps, image.id, Number(c.req.param('move'))))
    })
    .post('/:id{[0-9]+}/rollback', ...body, jsonBody(rollBack), async (c) => {
      const image = await getImage(deps, c.req.param('id'))
      const { version, reason } = c.req.valid('json')
      await requireFit(db, image.id, version)
      const answer = await requestMove(db, { imageId: image.id, version, reason, actor: 'api' })
      if (answer === 'unknown_version') throw unknownVersion(version)
      if (answer === 'current') throw new Refusal('version_current')
      if (answer === 'pending') throw new Refusal('move_pending')
      return c.json(await getMove(deps, image.id, answer.moveId), 202)
    })
}

const unknownVersion = (version: number) =>
  new Refusal('not_found', `the image has no version ${version}`)

async function oneVersion(deps: ServerDeps, imageId: number, version: number) {
  const image = await getImage(deps, String(imageId))
  const { versions } = await listVersions(deps.db, image, { before: version + 1, limit: 1 })
  return versions[0]
}

async function getMove({ db }: ServerDeps, imageId: number, id: number) {
  const move = await findMove(db, imageId, Math.min(id, Number.MAX_SAFE_INTEGER))
  if (move === undefined) throw new Refusal('not_found', `the image has no move ${id}`)
  return move
}
