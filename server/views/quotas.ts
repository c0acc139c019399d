import { quotaNames } from '#contract/quota.ts'
import { countUse } from '../../records/quota-use.ts'
import { readLimits } from '../../records/quotas.ts'
import type { Scope } from '../../records/scope.ts'

/** How much of each a project has, and may have: `null` as much as there is. The caller was found to see the project. */
export async function showQuotas({ farm }: Scope, projectId: number) {
  const limits = await readLimits(farm, projectId)
  const uses = quotaNames.map(async (name) => {
    const use = await countUse[name](farm, projectId)
    return [name, { use, limit: limits[name] }] as const
  })
  return Object.fromEntries(await Promise.all(uses))
}
