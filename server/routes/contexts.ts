import type { HttpBindings } from '@hono/node-server'
import { Hono } from 'hono'
import { z } from 'zod'
import { contextDigest } from '#contract/wire/context.ts'
import { defaultProject, projectName } from '#contract/wire/project.ts'
import { type ContextRecord, findContext, storeContext } from '../../records/contexts.ts'
import type { ApiEnv } from '../access/request-scope.ts'
import type { RouteDeps } from '../deps.ts'
import { parameters, query } from '../middleware/json-body.ts'
import { namedProject } from '../named-project.ts'
import { Refusal } from '../refusal.ts'

const owner = z.object({ project: projectName.default(defaultProject) })
const one = z.object({ digest: contextDigest })

/** Contexts of a project. HEAD tells whether one is kept, so that nobody need send it again. */
export function contextRoutes(deps: RouteDeps) {
  return new Hono<ApiEnv & { Bindings: HttpBindings }>()
    .post('/', query(owner), async (c) => {
      const scope = c.get('scope')
      const { id } = await namedProject(scope, c.req.valid('query').project, 'build')
      // Not destroyed when it is refused: that would cut the connection before the answer. And not the web stream of the
      // request, into which a third of the time of a large upload went.
      const body = c.env.incoming.iterator({ destroyOnReturn: false })
      const type = c.req.header('content-type') ?? ''
      const stored = await deps.contexts.receive(body, type, async (tar, place) =>
        storeContext(scope, id, tar, place),
      )
      return c.json(showContext(stored), 201)
    })
    .get('/:digest', query(owner), parameters(one), async (c) => {
      const scope = c.get('scope')
      const { id } = await namedProject(scope, c.req.valid('query').project, 'read')
      const context = await findContext(scope.db, id, c.req.valid('param').digest)
      if (context === undefined) throw new Refusal('not_found')
      return c.json(showContext(context))
    })
}

function showContext({ digest, bytes, files }: ContextRecord) {
  return { context: digest, bytes, files }
}
