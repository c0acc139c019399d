import { computed } from 'vue'
import { isOperator, me } from './session.ts'

interface Membership {
  readonly name: string
  readonly role: string | null
}

/** The projects in which who has these memberships may build and start environments. Pure. */
export function projectsToBuildIn(memberships: readonly Membership[]): readonly string[] {
  return memberships.flatMap(({ name, role }) =>
    role === 'builder' || role === 'admin' ? [name] : [],
  )
}

/**
 * Where something new goes: the first of `preferred` in which one may build, or the only project there is, or the one that
 * the API takes when none is named. Empty when a person has to say. Pure.
 */
export function homeProject(
  names: readonly string[],
  preferred: readonly (string | undefined)[],
): string {
  const first = preferred.find((name) => name !== undefined && names.includes(name))
  if (first !== undefined) return first
  const [only] = names
  if (names.length === 1 && only !== undefined) return only
  return names.includes('default') ? 'default' : ''
}

export const myProjects = computed(() => projectsToBuildIn(me.value?.projects ?? []))

/** Who reads an image is decided by those who administer its project. */
export const isMyOwn = (project: string): boolean =>
  isOperator.value || me.value?.projects.find(({ name }) => name === project)?.role === 'admin'
