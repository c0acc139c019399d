import type { QuotaName } from '#contract/quota.ts'

/** Limits of a project. */
export type QuotaTable = { project_id: number } & Record<QuotaName, number | null>
