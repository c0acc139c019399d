import type { z } from 'zod'
import type { provenance } from './wire/provenance.ts'

export type Provenance = z.infer<typeof provenance>
export type Resource = NonNullable<Provenance['buildDefinition']['resolvedDependencies']>[number]

/** How a build of this kind is made from its parameters: see `worker/attestations/README.md`. */
export const buildType = 'urn:kiln:build:dockerfile:v1'
