import { Hono } from 'hono'
import { z } from 'zod'
import { changeVersion } from '#contract/wire/move.ts'
import { noteVersion } from '../../records/versions.ts'
import type { ApiEnv } from '../access/request-scope.ts'
import { jsonBody, limitBody, parameters, query, requireJson } from '../middleware/json-body.ts'
import { readLock } from '../packages/read-lock.ts'
import { showVersion } from '../views/version-detail.ts'
import { showDiff } from '../views/version-diff.ts'
import { findSummary, listVersions } from '../views/version-list.ts'
import { Refusal } from '../refusal.ts'
import { getImage } from './get-image.ts'
import { getVersion, unknownVersion, versionNumber } from './get-version.ts'
import { languageQuery } from './language.ts'
import { idCursor, limit } from './paging.ts'

const maxBodyBytes = 16 * 1024
const page = z.object({ cursor: idCursor, limit })
/** A name with its kind and place. */
const diffPage = z.object({ cursor: z.string().max(2048).optional(), limit })
const versionPath = z.object({ id: z.string(), version: versionNumber })
const diffPath = z.object({ id: z.string(), from: versionNumber, to: versionNumber })

/** What an image's name has pointed at. */
export function versionRoutes() {
  const body = [limitBody(maxBodyBytes), requireJson] as const
  const one = '/:id{[0-9]+}/versions/:version{[0-9]+}'
  return new Hono<ApiEnv>()
    .get('/:id{[0-9]+}/versions', query(page), async (c) => {
      const { cursor: before, limit: size } = c.req.valid('query')
      const scope = c.get('scope')
      const image = await getImage(scope, c.req.param('id'), 'read')
      return c.json(await listVersions(scope.db, image, { before, limit: size }))
    })
    .get(one, parameters(versionPath), query(languageQuery), async (c) => {
      const { id, version } = c.req.valid('param')
      const scope = c.get('scope')
      const image = await getImage(scope, id, 'read')
      const shown = await showVersion(scope, image, version, c.req.valid('query').lang)
      if (shown === undefined) throw unknownVersion(version)
      return c.json(shown)
    })
    .get(`${one}/lock`, parameters(versionPath), async (c) => {
      const { id, version } = c.req.valid('param')
      const scope = c.get('scope')
      const image = await getImage(scope, id, 'read')
      return c.json(await readLock(scope, await getVersion(scope, image.id, version)))
    })
    .get(
      '/:id{[0-9]+}/versions/:from{[0-9]+}/diff/:to{[0-9]+}',
      parameters(diffPath),
      query(diffPage),
      async (c) => {
        const { id, from, to } = c.req.valid('param')
        const scope = c.get('scope')
        const image = await getImage(scope, id, 'read')
        const before = await getVersion(scope, image.id, from)
        const { cursor: after, limit: size } = c.req.valid('query')
        const now = await getVersion(scope, image.id, to)
        return c.json(await showDiff(scope.db, before, now, { after, limit: size }))
      },
    )
    .patch(one, ...body, parameters(versionPath), jsonBody(changeVersion), async (c) => {
      const { id, version } = c.req.valid('param')
      const scope = c.get('scope')
      const image = await getImage(scope, id, 'build')
      const changed = await noteVersion(scope, image, version, c.req.valid('json'))
      if (!changed) {
        await getVersion(scope, image.id, version)
        throw new Refusal('version_deleted')
      }
      return c.json(await findSummary(scope.db, image, version))
    })
}
