import { environmentReasons } from '#contract/environment-reason.ts'
import type { Language } from '../../cuda/tables/reason.ts'
import type { Db } from '../../records/connect.ts'
import type { EnvironmentRow } from '../../records/find-environments.ts'

interface Told {
  readonly language: Language
  readonly temporalUi?: string | undefined
}

/** What people see of an environment, in one language. */
export function showEnvironment(row: EnvironmentRow, { language, temporalUi }: Told) {
  const { id, project, name, version, digest, state, start, node_id, exit_code } = row
  return {
    id,
    project,
    created_by: row.created_by,
    image: name,
    image_id: row.image_id,
    version,
    digest,
    /** The version that the name points at by now; the environment stays on its own. */
    name_points_at: row.current_version,
    state,
    reason: showReason(row, language),
    waiting_reason: state === 'waiting' ? showWait(row, language) : null,
    start,
    node_id,
    node: row.node_name,
    gpu: row.gpu,
    cpu: row.cpu,
    memory_bytes: row.memory_bytes,
    disk_bytes: row.disk_bytes,
    usage: showUsage(row),
    command: row.command,
    ports: portsOf(row),
    volumes: row.volumes,
    ttl_seconds: row.ttl_seconds,
    idle_seconds: row.idle_seconds,
    exit_code,
    created_at: row.created_at.toISOString(),
    running_since: row.running_since?.toISOString() ?? null,
    used_at: row.used_at?.toISOString() ?? null,
    stopped_at: row.stopped_at?.toISOString() ?? null,
    ...(temporalUi === undefined ? {} : { temporal_url: temporalUi.replace('{id}', id) }),
  }
}

/** A server of the version before writes it in English alone. */
function showWait(
  { waiting_reason: en, waiting_reason_zh: zh }: EnvironmentRow,
  language: Language,
) {
  return language === 'zh' ? (zh ?? en) : en
}

/** What it has used, as its node has last told; `null` before that. GPU time counts as long as it has a GPU. */
function showUsage(row: EnvironmentRow) {
  const { measured_at: at, cpu_ms: cpu, memory_used: memory, written_bytes: written } = row
  if (at === null) return null
  return {
    measured_at: at.toISOString(),
    cpu_seconds: Math.round(cpu / 1000),
    memory_bytes: memory,
    disk_bytes: written,
    gpu_minutes: row.gpu_minutes,
  }
}

/** Ports that can be reached through the server: those that were asked for, and those that the image exposes. */
export function portsOf({ ports, image_config: config }: EnvironmentRow): readonly number[] {
  return [...new Set([...ports, ...(config?.ports ?? [])])]
}

type Reasoned = Pick<EnvironmentRow, 'reason' | 'message'>

function showReason({ reason, message }: Reasoned, language: Language) {
  if (reason === null) return null
  const { actor, ...texts } = environmentReasons[reason]
  return { code: reason, actor, text: texts[language], detail: message }
}

/** What has happened to an environment, newest first. */
export async function listEvents(
  db: Db,
  environmentId: string,
  {
    before,
    limit,
    language,
  }: { readonly before?: number | undefined; readonly limit: number; readonly language: Language },
) {
  const rows = await db
    .selectFrom('environment_events')
    .select(['id', 'start', 'at', 'state', 'reason', 'message'])
    .where('environment_id', '=', environmentId)
    .where('id', '<', before ?? Number.MAX_SAFE_INTEGER)
    .orderBy('id', 'desc')
    .limit(limit + 1)
    .execute()
  const events = rows.slice(0, limit).map(({ start, state, at, reason, message }) => ({
    start,
    state,
    at: at.toISOString(),
    reason: showReason({ reason, message }, language),
  }))
  const next = rows.length > limit ? rows[limit - 1]?.id : undefined
  return { events, ...(next !== undefined && { next_cursor: String(next) }) }
}
