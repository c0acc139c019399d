import type { z } from 'zod'
import type { provenance } from './wire/provenance.ts'

export type Provenance = z.infer<typeof provenance>
export type Resource = NonNullable<Provenance['buildDefinition']['resolvedDependencies']>[number]

/** How builds of each kind are made from its parameters: see `worker/attestations/README.md`. */
export const buildTypes = {
  dockerfile: 'urn:kiln:build:dockerfile:v1',
  /** Nothing was built: what an environment had written was saved. */
  environment: 'urn:kiln:build:environment:v1',
} as const
