import type { ColumnType, Generated } from 'kysely'
import type { Evidence } from '#contract/build.ts'
import type { GpuRequest, LeasedGpu } from '#contract/gpu-lease.ts'
import type { EvidenceUpload } from '#contract/verification.ts'
import type { Json, OptionalJson, OptionalText, OptionalTime, Time } from './columns.ts'

/** The GPUs of the nodes, who has them, and what was proved on them. */
export interface GpuTables {
  evidence: EvidenceTable
  gpu_leases: GpuLeaseTable
  gpus: GpuTable
  refused_gpus: RefusedGpuTable
  verifications: VerificationTable
}

interface GpuTable {
  uuid: string
  node_id: string
  name: string
  driver: string
  memory_bytes: number
}

interface GpuLeaseTable {
  id: Generated<number>
  uuid: string
  node_id: string
  incarnation: string
  /** Whose it is: of an attempt of a build, or of an environment's start, whose number `attempt` then is. */
  build_id: OptionalText<string>
  environment_id: OptionalText<string>
  attempt: number
  purpose: GpuRequest['purpose'] | 'environment'
  gpu: Json<LeasedGpu>
  granted_at: Time
  leased_until: Time
  leftover: Generated<boolean>
  released_at: OptionalTime
}

/** GPUs, and nodes where `uuid` is empty, that a build is not to be given again. */
interface RefusedGpuTable {
  build_id: string
  node_id: string
  uuid: string
  attempt: number
  code: string
  created_at: Time
}

/** What the verdict on a GPU image rests on, one row an attempt. */
interface EvidenceTable {
  build_id: string
  attempt: number
  digest: string
  node_id: string
  nonce: string
  evidence: Evidence
  passed: boolean
  gpu: OptionalJson<LeasedGpu>
  /** Of the node. */
  arch: string
  report: Json<EvidenceUpload>
  created_at: Time
  /** Digest of the manifest by which it hangs on the image in the registry. */
  attached_as: OptionalText<string>
  attach_tries: Generated<number>
  /** When to try; empty for what waits for nothing because it was never published. */
  attach_at: ColumnType<Date | null, Date | undefined, Date | null>
  /** Since when it is tried rarely, after it failed too often. */
  attach_given_up_at: OptionalTime
}

interface VerificationTable {
  id: Generated<number>
  build_id: string
  attempt: number
  digest: string
  node_id: string
  verdict: string
  evidence: Evidence
  detail: Json<object>
  created_at: Time
}
