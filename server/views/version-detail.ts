import { digestOfPinned } from '#contract/image.ts'
import type { ImageContents } from '#contract/image-contents.ts'
import type { PinnedBase } from '#contract/build.ts'
import type { Language } from '../../cuda/tables/reason.ts'
import { findBuildPackages } from '../../records/build-packages.ts'
import { findSave } from '../../records/saves.ts'
import { findSeenBuild } from '../../records/builds.ts'
import type { Db } from '../../records/connect.ts'
import { readContents } from '../../records/contents.ts'
import type { ImageRow } from '../../records/images.ts'
import type { Scope } from '../../records/scope.ts'
import { readMovedBases } from '../../records/rebuilds.ts'
import { showLayer } from '../diff/diff-contents.ts'
import { findBase } from '../diff/find-base.ts'
import { showSource } from './build-detail.ts'
import { showCompatibility } from './compatibility.ts'
import { showVerification } from './verification.ts'
import { findSummary } from './version-list.ts'

/**
 * One version whole: who asked for it and when, from what it was built, what it is made of, and where it runs. `layers` and
 * `config` are `null` until the registry has been asked. Sizes in bytes.
 */
export async function showVersion(
  scope: Scope,
  image: ImageRow,
  number: number,
  language: Language,
) {
  const { db, farm } = scope
  const summary = await findSummary(db, image, number)
  if (summary === undefined) return undefined
  const { digest, build_id: buildId } = summary
  // Its recipe is its project's: of a public image others see what it is made of.
  const build = await findSeenBuild(scope, buildId)
  const bases = build?.bases ?? []
  const [contents, verification, compatibility, actor, moved, packages, saved] = await Promise.all([
    readContents(db, [digest, ...bases.map(({ pinned }) => digestOfPinned(pinned))]),
    build && showVerification(db, { buildId, attempt: build.attempt }, language),
    showCompatibility(farm, image, { number, digest }, language),
    build && findSubmitter(farm, buildId),
    readMovedBases(scope.db, buildId),
    findBuildPackages(db, buildId),
    findSave(db, buildId),
  ])
  return {
    ...summary,
    verification: verification ?? summary.verification,
    build: build && {
      id: buildId,
      submitted_by: actor ?? null,
      submitted_at: build.created_at.toISOString(),
      finished_at: build.finished_at?.toISOString() ?? null,
      node_id: build.node_id,
      rebuild_because: moved.length === 0 ? null : { bases_moved: moved },
      ...showSource(build, packages, saved),
    },
    ...showContents(contents.get(digest), bases, contents),
    classes: compatibility.classes.map(({ gpu, driver, nodes, verdict, evidence, reasons }) => ({
      gpu,
      driver,
      nodes: nodes.count,
      verdict,
      evidence,
      reasons: reasons.map(({ code }) => code),
    })),
  }
}

function showContents(
  contents: ImageContents | undefined,
  bases: readonly PinnedBase[],
  known: ReadonlyMap<string, ImageContents>,
) {
  if (contents === undefined) return { base: null, layers: null, config: null }
  const found = findBase(contents, bases, known)
  return {
    base: found === undefined ? null : { ...found.base, layers: found.layers },
    layers: contents.layers.map((layer, index) => ({
      ...showLayer(layer),
      from_base: found === undefined ? null : index < found.layers,
    })),
    config: contents.config,
  }
}

async function findSubmitter(db: Db, buildId: string): Promise<string | null> {
  const row = await db
    .selectFrom('audit')
    .select('actor')
    .where('action', '=', 'build.submit')
    .where('object', '=', buildId)
    .limit(1)
    .executeTakeFirst()
  return row?.actor ?? null
}
