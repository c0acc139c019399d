import { Hono } from 'hono'
import { z } from 'zod'
import { attestationKinds } from '#contract/attestation.ts'
import type { ApiEnv } from '../access/request-scope.ts'
import { parameters } from '../middleware/json-body.ts'
import { showAttestation } from '../views/attestation.ts'
import { getImage } from './get-image.ts'
import { getVersion, versionNumber } from './get-version.ts'

const path = z.object({
  id: z.string().regex(/^\d+$/),
  version: versionNumber,
  kind: z.enum(attestationKinds),
})

/** What hangs on a version in the registry: its signature, its provenance, its packages. */
export function attestationRoutes() {
  return new Hono<ApiEnv>().get(
    `/:id{[0-9]+}/versions/:version{[0-9]+}/:kind{${attestationKinds.join('|')}}`,
    parameters(path),
    async (c) => {
      const { id, version, kind } = c.req.valid('param')
      const scope = c.get('scope')
      const image = await getImage(scope, id, 'read')
      const found = await getVersion(scope, image.id, version)
      return c.json(await showAttestation(scope.db, found, kind))
    },
  )
}
