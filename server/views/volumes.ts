import { sql } from 'kysely'
import type { OfferedVolume } from '#contract/volume.ts'
import type { Scope } from '../../records/scope.ts'

/** Nodes that are named of those that offer a volume. */
const shownNodes = 50

interface OfferingNode extends Omit<OfferedVolume, 'name'> {
  readonly id: string
  readonly name: string
  readonly ready: boolean
}

interface VolumeRow {
  readonly name: string
  readonly node_count: number
  readonly nodes: readonly OfferingNode[]
}

/** One page of the volumes that nodes offer, by name. They are everybody's to see, as nodes are. */
export async function listVolumes(
  { farm }: Scope,
  { after, limit }: { readonly after?: string | undefined; readonly limit: number },
) {
  const { rows } = await sql<VolumeRow>`
    select volume as name, count(*)::int as node_count,
      json_agg(json_build_object('id', id, 'name', node, 'ready', ready, 'mode', mode,
        'total_bytes', total, 'free_bytes', free) order by node) filter (where place <= ${shownNodes}) as nodes
    from (
      select nodes.id, nodes.name as node, leased_until > now() as ready, offered->>'name' as volume,
        offered->>'mode' as mode, (offered->>'total_bytes')::bigint as total, (offered->>'free_bytes')::bigint as free,
        row_number() over (partition by offered->>'name' order by nodes.name) as place
      from nodes, jsonb_array_elements(coalesce(inventory->'volumes', '[]')) as offered
      where removed_at is null and offered->>'name' > ${after ?? ''}
    ) as offers
    group by volume order by volume limit ${limit + 1}`.execute(farm)
  const volumes = rows.slice(0, limit)
  const last = volumes.at(-1)
  return { volumes, ...(rows.length > limit && last ? { next_cursor: last.name } : {}) }
}
