import { Hono } from 'hono'
import { saveSize } from '#contract/wire/save.ts'
import { admitSave } from '../../records/admit-save.ts'
import type { ServerDeps } from '../deps.ts'
import { jsonBody, limitBody, requireJson } from '../middleware/json-body.ts'
import type { AgentEnv } from '../middleware/node.ts'
import { refuseAttempt } from '../refuse-attempt.ts'
import { readRef } from './attempt-ref.ts'

const maxRequestBytes = 4 * 1024

/** What agents tell of what they are to save, before its programs stand still. */
export function agentSaveRoutes({ db }: ServerDeps) {
  return new Hono<AgentEnv>().post(
    '/builds/:build/attempts/:attempt{[0-9]+}/save-size',
    limitBody(maxRequestBytes),
    requireJson,
    jsonBody(saveSize),
    async (c) => {
      const ref = readRef(c.req.param())
      if (!(await admitSave(db, ref, c.req.valid('json')))) throw await refuseAttempt(db, ref)
      return c.body(null, 204)
    },
  )
}
