/**
 * What a project may have only so much of: builds that wait for a node, images, bytes of uploaded contexts, of logs and in
 * the registry, minutes in which its builds and environments had a GPU, of the last 30 days, bytes in volumes of its own,
 * environments, and GPUs that they have or wait for at once. How many builds run at once is the queue's.
 */
export const quotaNames = [
  'builds_queued',
  'images',
  'context_bytes',
  'log_bytes',
  'gpu_minutes',
  'registry_bytes',
  'volume_bytes',
  'environments',
  'environment_gpus',
] as const
export type QuotaName = (typeof quotaNames)[number]
