import type { AcceptAnswer, NewBuild } from '../../records/accept-build.ts'
import { Refusal, refuseField } from '../refusal.ts'

/** Why a build was not accepted; `undefined` when it was. */
export function explainAnswer(
  answer: AcceptAnswer,
  { name, repository }: Pick<NewBuild, 'name' | 'repository'>,
): Refusal | undefined {
  switch (answer) {
    case 'official':
      return new Refusal('official_name', `"${name}" is an official image; choose another name`)
    case 'taken': {
      const message = `"${repository}" belongs to another project; choose another name`
      return refuseField('name_taken', 'name', message)
    }
    case 'deleting': {
      const message = `"${name}" is being deleted; restore it, or wait until it is gone`
      return new Refusal('image_deleting', message)
    }
    case 'secret_gone':
      return refuseField('secret_unknown', 'options', 'a secret was deleted meanwhile')
    case 'in_flight': {
      const message = `a build of "${name}" is running; wait for it or cancel it`
      return new Refusal('name_in_flight', message)
    }
    case 'environment_gone':
      return new Refusal('stale_start', 'it was deleted or started again meanwhile')
    case 'known':
    case 'accepted':
      return undefined
    default:
      return answer satisfies never
  }
}
