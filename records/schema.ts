import type { ColumnType, Generated } from 'kysely'
import type { BuildOptions, PinnedBase } from '#contract/build.ts'
import type { BuildSources } from '#contract/context.ts'
import type { NodeEnvironments } from '#contract/environment.ts'
import type { BuildFailure } from '#contract/failure.ts'
import type { GpuRequest } from '#contract/gpu-lease.ts'
import type { GpuPolicy } from '#contract/gpu-policy.ts'
import type { MissingPart } from '#contract/image-contents.ts'
import type { ImageFacts } from '#contract/image-facts.ts'
import type { MoveKind, MoveRefusal, MoveState } from '#contract/move.ts'
import type { PlacementReason } from '#contract/placement-reason.ts'
import type { Priority } from '#contract/rebuild.ts'
import type { ScanPolicy } from '#contract/scan.ts'
import type { Visibility } from '#contract/visibility.ts'
import type { Inventory } from '#contract/node.ts'
import type { Stage, Status } from '#contract/stage.ts'
import type {
  ApiTokenTable,
  IdentityTable,
  MembershipTable,
  SessionTable,
  UserTable,
} from './access-tables.ts'
import type { WaitReason } from '#contract/wait-reason.ts'
import type { AttestationTable, ImagePackagesTable, SigningKeyTable } from './attestation-tables.ts'
import type { AuditHeadTable, AuditTable } from './audit-tables.ts'
import type { Json, OptionalJson, OptionalText, OptionalTime, Time } from './columns.ts'
import type { EnvironmentTables } from './environment-tables.ts'
import type { FarmClockTable } from './farm-clock.ts'
import type { GpuTables } from './gpu-tables.ts'
import type {
  FarmKeyTable,
  JoinTokenTable,
  NodeCredentialTable,
  ReplacedIncarnationTable,
} from './joining-tables.ts'
import type { NodeChangeTable } from './node-change-table.ts'
import type { QueueTables } from './queue-tables.ts'
import type { BuildPackagesTable } from './package-tables.ts'
import type { ContentsTable, DeletionTable, ImageShareTable, LayerTable } from './upkeep-tables.ts'
import type { BatchRepeatTable } from './batch-repeats.ts'
import type { BaseWatchTable, RebuildTable } from './rebuild-tables.ts'
import type { ProgressTables } from './progress-tables.ts'
import type { QuotaTable } from './quota-tables.ts'
import type { RepeatKeyTable } from './repeat-keys.ts'
import type { RegistryTables } from './registry-tables.ts'
import type { BuildSaveTable } from './save-tables.ts'
import type { WebhookTables } from './webhook-tables.ts'

export interface Database
  extends EnvironmentTables, GpuTables, ProgressTables, QueueTables, RegistryTables, WebhookTables {
  api_tokens: ApiTokenTable
  attempts: AttemptTable
  attestations: AttestationTable
  audit: AuditTable
  audit_head: AuditHeadTable
  base_watches: BaseWatchTable
  batch_repeats: BatchRepeatTable
  build_packages: BuildPackagesTable
  build_saves: BuildSaveTable
  build_secrets: BuildSecretTable
  build_contexts: BuildContextTable
  builds: BuildTable
  contents: ContentsTable
  contexts: ContextTable
  deletions: DeletionTable
  farm_clock: FarmClockTable
  farm_keys: FarmKeyTable
  identities: IdentityTable
  image_facts: ImageFactsTable
  image_packages: ImagePackagesTable
  image_shares: ImageShareTable
  images: ImageTable
  layers: LayerTable
  join_tokens: JoinTokenTable
  memberships: MembershipTable
  moves: MoveTable
  node_changes: NodeChangeTable
  node_credentials: NodeCredentialTable
  nodes: NodeTable
  outbox: OutboxTable
  project_contexts: ProjectContextTable
  project_keys: ProjectKeyTable
  projects: ProjectTable
  rebuilds: RebuildTable
  repeat_keys: RepeatKeyTable
  replaced_incarnations: ReplacedIncarnationTable
  quotas: QuotaTable
  secrets: SecretTable
  sessions: SessionTable
  signing_keys: SigningKeyTable
  users: UserTable
  versions: VersionTable
}

export interface ProjectTable {
  id: Generated<number>
  name: string
  created_at: Time
  /** Absent: the farm's default. */
  gpu_policy: OptionalJson<GpuPolicy>
  scan_policy: OptionalJson<ScanPolicy>
  /** Whether nodes fetch its new versions before anybody starts from them. */
  pull_ahead: Generated<boolean>
}

interface ProjectKeyTable {
  project_id: number
  wrapped_by: string
  wrapped: Buffer
  created_at: Time
}

interface SecretTable {
  version: string
  project_id: number
  name: string
  sealed: Buffer
  size: number
  created_at: Time
  updated_at: Time
  replaced_at: OptionalTime
}

interface BuildSecretTable {
  build_id: string
  version: string
}

export interface ImageTable {
  id: Generated<number>
  name: string
  description: string
  category: string
  registry: string
  repository: string
  tag: string
  digest: string | null
  size: number
  is_official: Generated<boolean>
  visibility: Visibility
  created_at: Time
  project_id: number
  current_version_id: ColumnType<number | null, number | undefined, number | null>
  /** How often the name has moved. */
  generation: Generated<number>
  /** The last move that was made by hand: builds that were accepted before it leave the name alone. */
  held_generation: Generated<number>
  deleted_at: OptionalTime
}

export interface BuildTable {
  id: string
  project_id: number
  /** Name of the user; empty for what nobody has submitted by name. */
  submitted_by: Generated<string>
  name: string
  repository: string
  tag: string
  description: string
  /** Of the image that it makes new; `null` for the usual one. */
  visibility: OptionalText<Visibility>
  base_image: string | null
  dockerfile: string
  options: Json<BuildOptions>
  context: string | null
  sources: ColumnType<BuildSources, string | undefined, string>
  bases: OptionalJson<readonly PinnedBase[]>
  status: Status
  stage: Stage | Status
  attempt: Generated<number>
  node_id: string | null
  digest: string | null
  size: number | null
  failure: OptionalJson<BuildFailure>
  waiting_since: OptionalTime
  /** Why it waits, where that is not why its lane waits. */
  wait: OptionalJson<WaitReason>
  /** What an operator has put first has 1, and what can wait -1. */
  raised: Generated<number>
  /** Where an operator wants it to go. */
  wanted_node: OptionalText<string>
  /** It has come to light that the image is made for CUDA. */
  needs_gpu: Generated<boolean>
  /** The digest whose facts say which. */
  gpu_digest: OptionalText<string>
  /** Of the project, when the build was accepted. */
  gpu_policy: OptionalJson<GpuPolicy>
  scan_policy: OptionalJson<ScanPolicy>
  cancel_requested_at: OptionalTime
  /** Hash of all that decides what it builds; absent for one that joins no other. */
  content_key: ColumnType<Buffer | null, never, Buffer | null>
  /** The build that does its work. */
  joined_to: OptionalText<string>
  /** When that had ended. */
  joined_until: OptionalTime
  /** Repository of that, whose cache it takes. */
  cached_for: ColumnType<string | null, never, string | null>
  created_at: Time
  finished_at: OptionalTime
  /** Of the image, when the build was accepted. */
  generation: Generated<number>
  priority: Generated<Priority>
}

interface BuildContextTable {
  build_id: string
  digest: string
}

interface ProjectContextTable {
  project_id: number
  digest: string
}

interface ContextTable {
  digest: string
  bytes: number
  files: number
  used_at: Time
  dropped_at: OptionalTime
}

interface AttemptTable {
  build_id: string
  /** The project on whose share of the queue it counts; absent in attempts of before this was noted. */
  charged_to: ColumnType<number | null, number | undefined, never>
  /** The user on whose turns in it. */
  charged_user: Generated<string>
  number: number
  node_id: string
  incarnation: string
  /** Why it went to its node, in English: all that there is of attempts of before `placement`. */
  reason: string
  placement: OptionalJson<PlacementReason>
  placed_at: Time
  started_at: OptionalTime
  finished_at: OptionalTime
  failure: OptionalJson<BuildFailure>
  /** Since when it asks for a GPU. */
  gpu_wanted_at: OptionalTime
  gpu_asked_at: OptionalTime
  gpu_purpose: OptionalText<GpuRequest['purpose']>
  /** UUIDs that it would take as soon as they are free. */
  gpu_candidates: OptionalJson<readonly string[]>
  /** Why it has none yet, in words, for people. */
  gpu_reason: OptionalText<string>
  /** Whether its build had waited for a GPU as long as it may, and was placed without one. */
  gpu_waited: Generated<boolean>
  /** Whether its node has left because it was told to stop, and had not ended it by then. */
  handed_back: Generated<boolean>
  /** Digest whose facts its node has sent. */
  facts_digest: OptionalText<string>
}

interface NodeTable {
  id: string
  name: string
  protocol: number
  incarnation: string
  slots: number
  inventory: Json<Inventory>
  registered_at: Time
  leased_until: Time
  /** When it last said anything; `null` until then. */
  heard_at: OptionalTime
  /** In words, for people; `null` while the disk has room. */
  disk_low: ColumnType<string | null, never, string | null>
  environment_disk: OptionalJson<NonNullable<NodeEnvironments['disk']>>
  drained_at: OptionalTime
  /** In the words of who drained it. */
  drained_because: OptionalText<string>
  cordoned_at: OptionalTime
  /** In the words of who cordoned it. */
  cordoned_because: OptionalText<string>
  /** When an operator has taken it out of the farm. Its row stays for what was built on it. */
  removed_at: OptionalTime
  /** Larger with each change of what is known of the node, but for its lease. */
  version: Generated<number>
}

interface ImageFactsTable {
  digest: string
  /** Version of the analysis that found the facts. */
  analysis: number | null
  facts: OptionalJson<ImageFacts>
  problem: string | null
  tries: Generated<number>
  next_try_at: Time
  created_at: Time
}

interface VersionTable {
  id: Generated<number>
  image_id: number
  number: number
  build_id: string
  digest: string
  size: number
  created_at: Time
  pinned: Generated<boolean>
  /** Why it should not be used any more. */
  deprecated: ColumnType<string | null, never, string | null>
  /** Since when it is to be deleted, or is. */
  deleted_at: OptionalTime
  /** When the registry is asked again whether it has all of it. */
  check_at: Time
  /** When it was decided which nodes are to have it ready. */
  ahead_planned_at: OptionalTime
  check_tries: Generated<number>
  checked_at: OptionalTime
  /** What the registry has lost of it. */
  missing: OptionalJson<readonly MissingPart[]>
}

interface MoveTable {
  id: Generated<number>
  image_id: number
  kind: MoveKind
  from_version_id: number | null
  to_version_id: number
  actor: string
  reason: Generated<string>
  state: MoveState
  refusal: ColumnType<MoveRefusal | null, never, MoveRefusal>
  /** Whether the registry's tag follows. */
  tagged: Generated<boolean>
  tries: Generated<number>
  next_try_at: Time
  created_at: Time
  finished_at: OptionalTime
}

interface OutboxTable {
  id: Generated<number>
  /** What it is about: a build or an environment. */
  build_id: OptionalText<string>
  environment_id: OptionalText<string>
  action: 'start' | 'cancel' | 'wake' | 'fail'
  tries: Generated<number>
  next_try_at: Time
  created_at: Time
}
