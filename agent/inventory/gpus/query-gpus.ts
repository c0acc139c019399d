import type { NodeFinding } from '#contract/node.ts'
import { optionalFields, requiredFields } from '../../../cuda/tables/nvidia-smi.ts'
import { type AskNvidiaSmi, smiFinding } from './ask-nvidia-smi.ts'
import { nodeFinding } from './finding.ts'
import { parseRows } from './parse-rows.ts'

/** One GPU: what nvidia-smi prints for each field. A field that the driver does not know is absent. */
export type GpuFields = Readonly<Record<string, string>>

export interface QueriedGpus {
  readonly gpus: readonly GpuFields[]
  readonly findings: readonly NodeFinding[]
}

const format = '--format=csv,noheader,nounits'
const unknownField = /Field "([^"]+)" is not a valid field/

/** What fields were called before a driver renamed them. */
const formerNames: Readonly<Record<string, string>> = {
  'clocks_event_reasons.active': 'clocks_throttle_reasons.active',
}

/**
 * Asks for all fields of all GPUs. One field that the driver does not know fails a whole query, so those that came later
 * are asked for apart, and what is unknown is left out from then on.
 */
export function createGpuQuery(ask: AskNvidiaSmi): () => Promise<QueriedGpus> {
  // The uuid is asked for again to join the two answers: GPUs may come and go between them.
  let optional: readonly string[] = ['uuid', ...optionalFields]
  const unknown = new Set<string>()
  const askOptional = async (): Promise<readonly GpuFields[]> => {
    for (;;) {
      const answer = await ask([`--query-gpu=${optional.join(',')}`, format])
      if ('stdout' in answer) return parseRows(answer.stdout, optional)
      const field = unknownField.exec(answer.output)?.[1]
      if (field === undefined || !optional.includes(field)) return []
      const former = formerNames[field]
      optional = optional.flatMap((name) => (name === field ? (former ?? []) : name))
      if (former === undefined) unknown.add(field)
    }
  }
  return async () => {
    const required = await ask([`--query-gpu=${requiredFields.join(',')}`, format])
    if (!('stdout' in required)) return { gpus: [], findings: [smiFinding(required)] }
    const rows = parseRows(required.stdout, requiredFields)
    const gpus = rows.filter(({ uuid }) => uuid.startsWith('GPU-'))
    const more = gpus.length === 0 ? [] : await askOptional()
    return {
      gpus: gpus.map((gpu) => ({ ...more.find(({ uuid }) => uuid === gpu.uuid), ...gpu })),
      findings: [...unknown].map((field) => nodeFinding('UNSUPPORTED_QUERY', { field })),
    }
  }
}
