import type { ScanPolicy } from '#contract/scan.ts'
import { findRegistry } from '../../records/registry-state.ts'
import type { ServerDeps } from '../deps.ts'
import { Refusal, refuseField } from '../refusal.ts'

type Deps = Pick<ServerDeps, 'db' | 'push'>

const nothingScans = 'the registry of this farm is no Harbor: nothing scans there'

/** @throws Refusal of a policy that would keep everything back for ever. */
export async function requireScanner(
  { db, push }: Deps,
  policy: ScanPolicy | null | undefined,
): Promise<void> {
  if (policy?.mode !== 'block') return
  const registry = await findRegistry(db, push.url.host)
  if (registry === undefined) {
    throw new Refusal('registry_unavailable', 'nobody knows yet what the registry can do')
  }
  if (registry.kind !== 'harbor')
    throw refuseField('nothing_scans', 'scan_policy.mode', nothingScans)
}

/** What people have to know of their policy; `null` when there is nothing. */
export async function noteOnScans({ db, push }: Deps, policy: ScanPolicy): Promise<string | null> {
  if (policy.mode === 'none') return null
  const registry = await findRegistry(db, push.url.host)
  return registry?.kind === 'oci' ? nothingScans : null
}
