/** The table of refused requests: what the API answers as `application/problem+json`, by stable code. */
export const problems = {
  invalid_request: { status: 400, title: 'The request is not valid' },
  invalid_json: { status: 400, title: 'The body is not JSON' },
  invalid_name: { status: 422, title: 'The image name breaks the OCI grammar' },
  dockerfile_invalid: { status: 422, title: 'The Dockerfile is not valid' },
  packages_invalid: { status: 422, title: 'A list of packages is not valid' },
  base_unreadable: { status: 422, title: 'The base image cannot be read' },
  context_invalid: { status: 422, title: 'The build context is not acceptable' },
  context_unknown: { status: 422, title: 'The build context is not known' },
  no_node_for_platform: { status: 422, title: 'No node of this farm builds for the platform' },
  secret_unknown: { status: 422, title: 'There is no such secret in the project' },
  secret_unusable: { status: 422, title: 'The secret is not what it is to be used for' },
  evidence_invalid: { status: 422, title: 'The evidence contradicts what the server knows' },
  unverified_off: {
    status: 422,
    title: 'This farm publishes nothing unverified: KILN_ALLOW_UNVERIFIED is not set',
  },
  nothing_scans: {
    status: 422,
    title: 'Nothing scans in the registry of this farm',
  },
  environment_unfit: { status: 422, title: 'No node of this farm can run the environment' },
  image_private: { status: 422, title: 'A private image is shared with nobody' },
  user_unknown: { status: 422, title: 'There is no such user' },
  project_unknown: { status: 422, title: 'There is no such project' },
  unauthenticated: { status: 401, title: 'A valid token is needed' },
  node_replaced: {
    status: 409,
    title: 'A later start of the agent has taken the place of this one',
  },
  join_refused: {
    status: 401,
    title: 'The token for joining is used, has expired, or is none of this farm',
  },
  forbidden: { status: 403, title: 'The caller may not do this' },
  simulated_off: {
    status: 403,
    title: 'This farm takes no simulated nodes: KILN_ALLOW_SIMULATED_NODES is not set',
  },
  scope_refused: { status: 403, title: 'The attempt may not have this of the registry' },
  registry_denied: { status: 403, title: 'The registry does not let the farm do this' },
  not_found: { status: 404, title: 'There is no such thing' },
  key_reused: {
    status: 422,
    title: 'The Idempotency-Key was used for another request',
  },
  name_in_flight: { status: 409, title: 'A build of this name is running' },
  name_taken: { status: 409, title: 'The name belongs to another project' },
  official_name: { status: 409, title: 'The name belongs to an official image' },
  user_exists: { status: 409, title: 'There is a user of this name' },
  too_many_webhooks: { status: 409, title: 'The project has as many webhooks as it may' },
  project_exists: { status: 409, title: 'There is a project of this name' },
  node_busy: { status: 409, title: 'The node runs something that would be lost' },
  node_joined: { status: 409, title: 'A node of this id has joined already' },
  not_waiting: { status: 409, title: 'The build does not wait for a node' },
  more_than_expected: { status: 409, title: 'More builds wait than were to be cancelled' },
  already_final: { status: 409, title: 'The build has ended' },
  too_late: { status: 409, title: 'The image is already published' },
  version_current: { status: 409, title: 'The name points at this version already' },
  version_unfit: { status: 409, title: 'The version runs on no GPU of this farm' },
  environment_active: { status: 409, title: 'The environment has to be stopped first' },
  environment_resting: { status: 409, title: 'The environment does not run' },
  too_many_layers: { status: 409, title: 'The image would have too many layers' },
  stale_start: {
    status: 409,
    title: 'The start of the environment has ended, or there is a later one',
  },
  in_use: { status: 409, title: 'It is in use' },
  packages_unread: { status: 409, title: 'Nobody has read the packages of the version yet' },
  version_deleted: { status: 409, title: 'The version is deleted, or is to be' },
  image_deleting: { status: 409, title: 'The image is being deleted' },
  deletion_begun: { status: 409, title: 'It is being removed from the registry already' },
  retention_changed: { status: 409, title: 'Other versions would go than those that are named' },
  node_without_gpu: { status: 409, title: 'The node has no GPU in good health' },
  move_pending: { status: 409, title: 'The name is being moved' },
  cancelled: { status: 409, title: 'The build was cancelled' },
  stale_attempt: { status: 409, title: 'A newer attempt exists' },
  log_dropped: { status: 410, title: 'The log of this build is no longer kept' },
  quota_builds_queued: { status: 403, title: 'The project has too many builds that wait' },
  quota_images: { status: 403, title: 'The project has as many images as it may' },
  quota_context_bytes: { status: 403, title: 'The contexts of the project are too large' },
  quota_log_bytes: { status: 403, title: 'The logs of the project are too large' },
  quota_gpu_minutes: { status: 403, title: 'The project has used its GPU minutes' },
  quota_registry_bytes: { status: 403, title: 'The images of the project are too large' },
  quota_environments: { status: 403, title: 'The project has as many environments as it may' },
  quota_environment_gpus: {
    status: 403,
    title: 'The environments of the project have as many GPUs as they may',
  },
  quota_volume_bytes: { status: 403, title: 'The project has too much in its volumes' },
  body_too_large: { status: 413, title: 'The body is too large' },
  unsupported_media_type: { status: 415, title: 'The body has a type that is not taken here' },
  rate_limited: { status: 429, title: 'Too many requests' },
  upgrade_required: { status: 426, title: 'The agent speaks a protocol that is no longer served' },
  internal: { status: 500, title: 'The server failed' },
  ports_off: {
    status: 503,
    title: 'Ports of environments have no address for browsers: KILN_ENVIRONMENTS_URL is not set',
  },
  secrets_off: { status: 503, title: 'This farm keeps no secrets: KILN_SECRETS_KEY is not set' },
  registry_unavailable: { status: 503, title: 'The registry does not answer' },
  port_silent: { status: 502, title: 'Nothing listens on the port of the environment' },
  environment_unreachable: { status: 503, title: 'The environment cannot be reached now' },
  unavailable: { status: 503, title: 'A part of the farm does not answer' },
} as const

export type ProblemCode = keyof typeof problems

/** The body of an error answer (RFC 9457). */
export interface Problem {
  readonly type: string
  readonly title: string
  readonly status: number
  readonly code: ProblemCode
  readonly detail?: string
  /** The field or the Dockerfile line (counted from 1) that is to be corrected. */
  readonly errors?: readonly {
    readonly field?: string
    readonly line?: number
    readonly message: string
  }[]
}
