import { explainSuggestion } from '../cuda/tables/suggestions.ts'
import type { Fit } from './find-fit.ts'

/** Why an image runs on no GPU of the farm, and the smallest change that would help, in words. Pure. */
export function explainMisfit({ gpu, nodes, cell }: NonNullable<Fit['nearest']>): string {
  const why = cell.reasons.map(({ code }) => code).join(', ')
  const where = `${cell.evidence} on ${gpu.name} with driver ${gpu.driver} (${nodes.slice(0, 3).join(', ')})`
  const fix = cell.suggestion && `; what would help: ${explainSuggestion(cell.suggestion, 'en')}`
  return `${where}: ${why}${fix ?? ''}`
}
