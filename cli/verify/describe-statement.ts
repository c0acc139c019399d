import { predicateTypes } from '#contract/attestation.ts'
import { provenanceStatement } from '#contract/wire/provenance.ts'
import { shownPackages } from '#contract/wire/shown-evidence.ts'
import { type Check, failed, ok } from './check.ts'
import type { SignedStatement } from './verify-bundle.ts'

type Kind = keyof typeof predicateTypes

/** `undefined` for a statement of a kind that is not Kiln's. Pure. */
export function kindOf({ predicateType }: SignedStatement): Kind | undefined {
  const kinds = ['signature', 'provenance', 'sbom'] as const
  return kinds.find((kind) => predicateTypes[kind] === predicateType)
}

/** What a signed statement says of an image, or why it says nothing of this one. Pure. */
export function describeStatement(
  kind: Kind,
  statement: SignedStatement,
  { digest, by }: { readonly digest: string; readonly by: string },
): Check {
  const hex = digest.slice('sha256:'.length)
  if (!statement.subject.some((subject) => subject.digest['sha256'] === hex)) {
    return failed(kind, 'it is about another image')
  }
  if (kind === 'signature') return ok(kind, `signed by ${by}`, by)
  return kind === 'provenance' ? describeProvenance(statement, by) : describePackages(statement, by)
}

function describeProvenance(statement: SignedStatement, by: string): Check {
  const { data } = provenanceStatement.safeParse(statement)
  if (data === undefined) return failed('provenance', 'it is no SLSA provenance v1')
  const { buildDefinition, runDetails } = data.predicate
  const { builder, metadata } = runDetails
  const sources = buildDefinition.resolvedDependencies?.length ?? 0
  const run = metadata?.invocationId ?? '?'
  return ok('provenance', `built by ${builder.id} as ${run} from ${sources} sources`, by)
}

function describePackages({ predicate }: SignedStatement, by: string): Check {
  const { data } = shownPackages.safeParse(predicate)
  if (data === undefined) return failed('sbom', 'it is no CycloneDX list')
  const readBy = data.metadata?.properties.find(({ name }) => name === 'kiln:packages-read-by')
  const words = readBy === undefined ? '' : `, read from the layers by the ${readBy.value}`
  return ok('sbom', `${data.components.length} packages${words}`, by)
}
