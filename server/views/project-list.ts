import { anyGpu } from '../../records/evidence.ts'
import { inScope, type Scope } from '../../records/scope.ts'
import type { ProjectRow } from '../../records/projects.ts'
import { readUsage } from '../../records/registry-usage.ts'
import { effectivePolicy } from '../gpus/effective-policy.ts'
import { defaultScanPolicy } from '#contract/scan.ts'
import type { ServerDeps } from '../deps.ts'
import { noteOnScans } from '../scans/check-scanner.ts'

export interface ProjectFilter {
  /** Name of the last project of the page before. */
  readonly after?: string | undefined
  readonly limit: number
}

/** One page of projects, by name. */
export async function listProjects(scope: Scope, { after, limit }: ProjectFilter) {
  const rows = await scope.db
    .selectFrom('projects')
    .selectAll()
    .where('name', '>', after ?? '')
    .where(inScope(scope, 'projects.id'))
    .orderBy('name')
    .limit(limit + 1)
    .execute()
  const projects = rows.slice(0, limit)
  const last = projects.at(-1)
  return {
    projects: projects.map(showProject),
    ...(rows.length > limit && last ? { next_cursor: last.name } : {}),
  }
}

/** With what becomes of its GPU images that find no GPU: what it has set, and what that comes to on this farm now. */
export async function showWhole(
  { db, allowUnverified, push }: Pick<ServerDeps, 'db' | 'allowUnverified' | 'push'>,
  project: ProjectRow,
) {
  const { hasGpu } = await db.selectNoFrom(anyGpu.as('hasGpu')).executeTakeFirstOrThrow()
  return {
    ...showProject(project),
    registry: await readUsage(db, project.id),
    gpu_policy: project.gpu_policy,
    effective_gpu_policy: effectivePolicy(project.gpu_policy, { hasGpu, allowUnverified }),
    scan_policy: project.scan_policy,
    effective_scan_policy: project.scan_policy ?? defaultScanPolicy,
    scan_note: await noteOnScans({ db, push }, project.scan_policy ?? defaultScanPolicy),
    pull_ahead: project.pull_ahead,
  }
}

export function showProject({ name, created_at }: ProjectRow) {
  return { name, created_at: created_at.toISOString() }
}
