import { createArtifacts, type HarborArtifacts } from './artifacts.ts'
import { connectHarbor, type HarborSettings } from './connection.ts'
import { createImmutableRules, type HarborImmutableRules } from './immutable-rules.ts'
import { createProjects, type HarborProjects } from './projects.ts'
import { createQuotas, type HarborQuotas } from './quotas.ts'
import { createRetention, type HarborRetention } from './retention.ts'
import { createRobots, type HarborRobots } from './robots.ts'
import { createScans, type HarborScans } from './scans.ts'
import { createSystem, type HarborSystem } from './system.ts'
import { createWebhooks, type HarborWebhooks } from './webhooks.ts'

/** What Kiln asks of a Harbor beyond what every OCI registry can. Every call throws HarborError. */
export interface Harbor {
  readonly system: HarborSystem
  readonly projects: HarborProjects
  readonly robots: HarborRobots
  readonly artifacts: HarborArtifacts
  readonly scans: HarborScans
  readonly immutableRules: HarborImmutableRules
  readonly retention: HarborRetention
  readonly webhooks: HarborWebhooks
  readonly quotas: HarborQuotas
}

export function createHarbor(settings: HarborSettings): Harbor {
  const send = connectHarbor(settings)
  return {
    system: createSystem(send),
    projects: createProjects(send),
    robots: createRobots(send),
    artifacts: createArtifacts(send),
    scans: createScans(send),
    immutableRules: createImmutableRules(send),
    retention: createRetention(send),
    webhooks: createWebhooks(send),
    quotas: createQuotas(send),
  }
}
