import { Hono } from 'hono'
import { z } from 'zod'
import { attestationKinds } from '#contract/attestation.ts'
import type { ServerDeps } from '../deps.ts'
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
export function attestationRoutes(deps: ServerDeps) {
  return new Hono().get(
    `/:id{[0-9]+}/versions/:version{[0-9]+}/:kind{${attestationKinds.join('|')}}`,
    parameters(path),
    async (c) => {
      const { id, version, kind } = c.req.valid('param')
      const image = await getImage(deps, id)
      const found = await getVersion(deps, image.id, version)
      return c.json(await showAttestation(deps.db, found, kind))
    },
  )
}
