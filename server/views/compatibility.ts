import { sql } from 'kysely'
import type { ImageFacts } from '#contract/image-facts.ts'
import type { Language } from '../../cuda/tables/reason.ts'
import { explainSuggestion, type Suggestion, suggestions } from '../../cuda/tables/suggestions.ts'
import { imageFindings } from '../../cuda/verdict/image-findings.ts'
import { judge } from '../../cuda/verdict/judge.ts'
import { type Finding, finding } from '../../cuda/verdict/judgement.ts'
import { classifyNode } from '../../cuda/verdict/node-class.ts'
import { suggest } from '../../cuda/verdict/suggest.ts'
import type { Db } from '../../records/connect.ts'
import { findFacts } from '../../records/image-facts.ts'
import type { ImageRow } from '../../records/images.ts'
import { showReason } from './reason.ts'

/** Names of nodes that are listed for a class; the count is of all. */
const maxNames = 20
const maxClasses = 200

/** On which kinds of registered nodes an image runs, and why, in one language. */
export async function showCompatibility(db: Db, image: ImageRow, language: Language) {
  const stored = image.digest === null ? undefined : await findFacts(db, image.digest)
  const facts = stored?.facts ?? undefined
  const show = createShow(language)
  const classes = await listClasses(db)
  return {
    image_id: image.id,
    name: image.name,
    digest: image.digest,
    evidence: facts === undefined ? ('unknown' as const) : ('computed' as const),
    findings: (facts === undefined ? [] : imageFindings(facts)).map(show.reason),
    classes: classes.map((row) => showClass(row, facts, show)),
    facts: facts ?? null,
  }
}

type ClassRow = Awaited<ReturnType<typeof listClasses>>[number]

/** Cards that are alike in everything that decides, with the nodes that have them. */
async function listClasses(db: Db) {
  return db
    .selectFrom('gpus')
    .innerJoin('nodes', 'nodes.id', 'gpus.node_id')
    .select(['gpus.name', 'gpus.driver', 'gpus.memory_bytes'])
    .select(sql<string>`nodes.inventory->'host'->>'arch'`.as('arch'))
    .select(sql<number>`count(distinct nodes.id)::int`.as('count'))
    .select(
      sql<
        readonly string[]
      >`(array_agg(distinct nodes.name order by nodes.name))[1:${sql.lit(maxNames)}]`.as('names'),
    )
    .groupBy([
      'gpus.name',
      'gpus.driver',
      'gpus.memory_bytes',
      sql`nodes.inventory->'host'->>'arch'`,
    ])
    .orderBy('gpus.name')
    .orderBy('gpus.driver')
    .orderBy('gpus.memory_bytes')
    .limit(maxClasses)
    .execute()
}

type Show = ReturnType<typeof createShow>

function showClass(row: ClassRow, facts: ImageFacts | undefined, show: Show) {
  const { name, driver, memory_bytes: memoryBytes, arch, count, names } = row
  const node = classifyNode({ name, driver, memoryBytes }, arch)
  const about = {
    gpu: name,
    capability: node?.capability ?? null,
    driver,
    cuda: node?.cuda ?? null,
    memory_bytes: memoryBytes,
    arch: node?.arch ?? arch,
    nodes: { count, names },
  }
  const unknown = (why: Finding) => ({
    ...about,
    verdict: 'unknown' as const,
    reasons: [show.reason(why)],
    suggestion: null,
  })
  if (node === undefined) return unknown(finding('GPU_UNKNOWN_CC', { gpu: name }))
  if (facts === undefined) return unknown(finding('IMAGE_NOT_ANALYSED'))
  const { verdict, reasons: findings } = judge(facts, node)
  const suggestion = suggest(facts, node)
  return {
    ...about,
    verdict,
    reasons: findings.map(show.reason),
    suggestion: suggestion === undefined ? null : show.suggestion(suggestion),
  }
}

function createShow(language: Language) {
  return {
    reason: (found: Finding) => showReason({ ...found, params: { ...found.params } }, language),
    suggestion: (suggestion: Suggestion) => ({
      ...suggestion,
      owner: suggestions[suggestion.code].owner,
      text: explainSuggestion(suggestion, language),
    }),
  }
}
