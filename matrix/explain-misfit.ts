import { explainSuggestion } from '../cuda/tables/suggestions.ts'
import type { Language } from '../cuda/tables/reason.ts'
import type { Fit } from './find-fit.ts'
import type { Cell } from './judge-cell.ts'

const evidenceInChinese: Readonly<Record<Cell['evidence'], string>> = {
  measured: '实测',
  computed: '推算',
  simulated: '模拟',
  unknown: '未知',
}

/** Why an image runs on no GPU of the farm, and the smallest change that would help, in words. Pure. */
export function explainMisfit(
  { gpu, nodes, cell }: NonNullable<Fit['nearest']>,
  language: Language,
): string {
  const why = cell.reasons.map(({ code }) => code).join(', ')
  const some = nodes.slice(0, 3).join(', ')
  const fix = cell.suggestion && explainSuggestion(cell.suggestion, language)
  if (language === 'zh') {
    const where = `${gpu.name}，驱动 ${gpu.driver}（${some}），${evidenceInChinese[cell.evidence]}`
    return `${where}：${why}${fix === undefined ? '' : `；可行的改法：${fix}`}`
  }
  const where = `${cell.evidence} on ${gpu.name} with driver ${gpu.driver} (${some})`
  return `${where}: ${why}${fix === undefined ? '' : `; what would help: ${fix}`}`
}
