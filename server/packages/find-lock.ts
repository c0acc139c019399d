import type { SubmittedBuild } from '#contract/build.ts'
import { parseLibraryName } from '#contract/image.ts'
import type { PackageLists } from '#contract/packages.ts'
import { findImage, findImageById } from '../../records/images.ts'
import { findVersionNumbered } from '../../records/versions.ts'
import { noteUnseen, type RequestScope } from '../access/request-scope.ts'
import { refuseField } from '../refusal.ts'
import { readLock } from './read-lock.ts'

export interface BaseWithLists {
  readonly reference: string
  readonly lists: PackageLists
}

/** What a build is made from that names a version. @throws Refusal that names the field. */
export async function findLock(
  scope: RequestScope,
  { image: name, version: number }: NonNullable<SubmittedBuild['from_lock']>,
): Promise<BaseWithLists> {
  const parsed = parseLibraryName(name)
  const known = parsed && (await findImage(scope.farm, parsed))
  const image = known && (await findImageById(scope, known.id))
  if (image === undefined) {
    await noteUnseen(scope, `image ${name}`, Promise.resolve(known))
    throw refuseField('not_found', 'from_lock.image', 'there is no such image')
  }
  const version = await findVersionNumbered(scope.db, image.id, number)
  if (version === undefined)
    throw refuseField('not_found', 'from_lock.version', 'there is no such version')
  const { base, packages } = await readLock(scope, version)
  if (base === null) throw refuseField('packages_invalid', 'from_lock', 'its base is not known')
  const items = packages.apt.length + packages.pip.length + packages.conda.length
  if (items === 0)
    throw refuseField('packages_invalid', 'from_lock', 'it has no packages beyond its base')
  return { reference: base.pinned, lists: packages }
}
