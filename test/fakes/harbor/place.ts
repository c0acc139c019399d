import {
  type Artifact,
  findProject,
  type HarborState,
  type Project,
  type Repository,
} from './state.ts'

export interface Place {
  readonly project: Project
  readonly name: string
  readonly repository: Repository | undefined
}

/** The segment of the path is unescaped by Harbor itself once more than its proxy has done (2.1). */
export function locate(state: HarborState, project: string, segment: string): Place | undefined {
  const known = findProject(state, project)
  const name = decodeURIComponent(segment)
  return known && { project: known, name, repository: known.repositories.get(name) }
}

export function findArtifact({ repository }: Place, reference: string): Artifact | undefined {
  return repository?.artifacts.get(repository.tags.get(reference) ?? reference)
}
