import { cacheFolder, parseReference } from '#contract/image.ts'
import type { AttemptRef, BuildOptions } from '#contract/build.ts'
import type { BuildRow } from '../../records/builds.ts'
import type { Db } from '../../records/connect.ts'
import { selectOpenAttempt } from '../../records/open-attempt.ts'
import { type Scope, parseScope } from '../../registry/scope.ts'
import type { PushTarget } from '../views/build-plan.ts'

/** What an attempt may do, by repository of the farm's registry. */
export type AttemptAccess = ReadonlyMap<string, readonly string[]>

/**
 * What the current attempt of a build may do in the registry: push to its one repository, and read what was pinned for it.
 * `undefined` when the attempt has ended, is not the current one, or the build is to be cancelled.
 */
export async function readAttemptAccess(
  db: Db,
  { url, prefix }: Pick<PushTarget, 'url' | 'prefix'>,
  ref: AttemptRef,
): Promise<AttemptAccess | undefined> {
  const build = await selectOpenAttempt(db, ref)
    .innerJoin('projects', 'projects.id', 'builds.project_id')
    .select(['repository', 'bases', 'sources', 'options', 'projects.name as project'])
    .where('builds.status', '=', 'building')
    .where('cancel_requested_at', 'is', null)
    .executeTakeFirst()
  if (build === undefined) return undefined
  return accessOf(build, { url, prefix })
}

type Accessing = Pick<BuildRow, 'repository' | 'bases' | 'sources'> & {
  readonly options: Pick<BuildOptions, 'cache'>
  readonly project: string
}

/** What a build may do: of other images it reads those that were pinned for it, where they were pinned. Pure. */
export function accessOf(
  { repository: own, bases, sources, options, project }: Accessing,
  { url, prefix }: Pick<PushTarget, 'url' | 'prefix'>,
): AttemptAccess {
  const { import: imports = false, export: exports = 'off' } = options.cache ?? {}
  const cache = exports === 'off' ? ['pull'] : ['pull', 'push']
  const named = Object.values(sources.named).flatMap((source) =>
    'image' in source && source.pinned !== undefined ? [source.pinned] : [],
  )
  const access = new Map<string, readonly string[]>()
  for (const text of [...(bases ?? []).map((base) => base.pinned), ...named]) {
    const { registry, repository } = parseReference(text) ?? {}
    if (registry === url.host && repository !== undefined) access.set(repository, ['pull'])
  }
  if (imports || exports !== 'off') access.set(`${prefix}/${cacheFolder}/${project}/${own}`, cache)
  return access.set(`${prefix}/${own}`, ['pull', 'push'])
}

/**
 * The part of what a daemon asks for that the attempt may have. What it would only read is left away: it asks for
 * repositories that may hold a layer already, and does without. `undefined` when it would write elsewhere, or nothing is
 * left. Pure.
 */
export function grantScopes(
  access: AttemptAccess,
  asked: readonly string[],
): readonly Scope[] | undefined {
  const scopes = asked.map(parseScope)
  if (scopes.includes(undefined)) return undefined
  const granted: Scope[] = []
  for (const { repository, actions } of scopes.filter((scope) => scope !== undefined)) {
    const allowed = access.get(repository) ?? []
    if (actions.every((action) => allowed.includes(action))) granted.push({ repository, actions })
    else if (actions.some((action) => action !== 'pull')) return undefined
  }
  return granted.length === 0 ? undefined : granted
}
