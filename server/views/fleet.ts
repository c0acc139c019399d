import { sql } from 'kysely'
import type { Inventory } from '#contract/node.ts'
import type { Language } from '../../cuda/tables/reason.ts'
import type { Db } from '../../records/connect.ts'
import { countAhead } from '../../records/images-ahead.ts'
import type { Scope } from '../../records/scope.ts'
import { showSlots } from './gpu-slots.ts'
import { listChanges } from './node-changes.ts'
import { showReason } from './reason.ts'

export interface NodeFilter {
  readonly after?: string | undefined
  readonly limit: number
  readonly language: Language
  /** Those that are no more, instead of those that are. */
  readonly removed: boolean
}

/** One page of nodes. A node is `ready` while it has answered within its lease and `lost` afterwards. */
export async function listNodes(scope: Scope, { after, limit, language, removed }: NodeFilter) {
  // How much runs on a node is no secret, only what does.
  const { farm } = scope
  const rows = await selectNodes(farm)
    .where('id', '>', after ?? '')
    .where('removed_at', removed ? 'is not' : 'is', null)
    .limit(limit + 1)
    .execute()
  const nodes = rows.slice(0, limit)
  const last = nodes.at(-1)
  const slots = await showSlots(scope, nodes)
  return {
    nodes: nodes.map((node) => showRow(node, slots.get(node.id), language)),
    ...(rows.length > limit && last ? { next_cursor: last.id } : {}),
  }
}

/** The newest; there is a list of all. */
const shownChanges = 50

/** One node with what changed on it, in one language. `undefined` when there is no such node. */
export async function showNode(scope: Scope, id: string, language: Language) {
  const { farm } = scope
  const node = await selectNodes(farm).where('id', '=', id).executeTakeFirst()
  if (node === undefined) return undefined
  const [slots, images, { changes }] = await Promise.all([
    showSlots(scope, [node]),
    countAhead(farm, id),
    listChanges(farm, id, { limit: shownChanges }, language),
  ])
  return { ...showRow(node, slots.get(id), language), images_ahead: images, changes }
}

type NodeRow = Awaited<ReturnType<ReturnType<typeof selectNodes>['executeTakeFirstOrThrow']>>
type Slots = Awaited<ReturnType<typeof showSlots>>

function showRow(row: NodeRow, slots: ReturnType<Slots['get']>, language: Language) {
  const { ready, running, environments, registered_at, leased_until, inventory, ...rest } = row
  const { drained_at, drained_because, cordoned_at, cordoned_because, ...more } = rest
  const { removed_at, heard_at, shut_out, ...node } = more
  return {
    ...node,
    inventory: showInventory(inventory, language),
    gpu_slots: slots ?? [],
    status: ready ? 'ready' : 'lost',
    running: running ?? 0,
    environments: environments ?? 0,
    drain: drained_at && {
      since: drained_at.toISOString(),
      reason: drained_because,
      done: (running ?? 0) + (environments ?? 0) === 0,
    },
    cordon: cordoned_at && { since: cordoned_at.toISOString(), reason: cordoned_because },
    removed_at: removed_at?.toISOString() ?? null,
    shut_out: shut_out && showShutOut(shut_out, language),
    registered_at: registered_at.toISOString(),
    leased_until: leased_until.toISOString(),
    heard_at: heard_at?.toISOString() ?? null,
  }
}

/** Why a node was shut out, and how it comes back. */
function showShutOut({ since, reason, quarantined }: ShutOut, language: Language) {
  const advice = quarantined ? copyAdvice : joinAdvice
  return { since: new Date(since).toISOString(), reason, quarantined, advice: advice[language] }
}

interface ShutOut {
  readonly since: string
  readonly reason: string | null
  readonly quarantined: boolean
}

const joinAdvice = {
  en: 'to let it back in, start its agent with a new token: kiln node token',
  zh: '若要让它重新加入，请用新的令牌启动其代理：kiln node token',
}

const copyAdvice = {
  en: 'stop the copy and delete its state directory (KILN_AGENT_DIR), then start the agent of the node with a new token: kiln node token',
  zh: '请停止副本并删除其状态目录（KILN_AGENT_DIR），再用新的令牌启动该节点的代理：kiln node token',
}

/** What is wrong with the GPUs, each with its texts: what it is, and what would help. */
function showInventory(inventory: Inventory, language: Language) {
  const { findings, ...rest } = inventory
  if (findings === undefined) return rest
  const shown = findings.map((found) => ({ ...found, ...showReason(found, language) }))
  return { ...rest, findings: shown }
}

function selectNodes(db: Db) {
  return db
    .selectFrom('nodes')
    .select(['id', 'name', 'slots', 'inventory', 'registered_at', 'leased_until', 'disk_low'])
    .select(['heard_at', 'environment_disk'])
    .select(['drained_at', 'drained_because', 'cordoned_at', 'cordoned_because', 'removed_at'])
    .select(sql<boolean>`leased_until > now()`.as('ready'))
    .select(
      sql<ShutOut | null>`(
        select json_build_object('since', revoked_at, 'reason', revoked_because, 'quarantined', quarantined)
        from node_credentials where node_id = nodes.id and revoked_at is not null)`.as('shut_out'),
    )
    .select((select) =>
      select
        .selectFrom('attempts')
        .whereRef('attempts.node_id', '=', 'nodes.id')
        .where('finished_at', 'is', null)
        .select((count) => count.fn.countAll<number>().as('running'))
        .as('running'),
    )
    .select((select) =>
      select
        .selectFrom('environments')
        .whereRef('environments.node_id', '=', 'nodes.id')
        .where('waiting_since', 'is', null)
        .where('state', 'not in', ['stopped', 'failed'])
        .select((count) => count.fn.countAll<number>().as('environments'))
        .as('environments'),
    )
    .orderBy('id')
}
